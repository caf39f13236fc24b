"""What lets tests run side by side and one after the other: nobody finds what another left."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.emptying import empty_database
from tests.factories.things import one_of_each
from tests.processes import redis_database


@pytest.mark.parametrize(
    ("url", "further", "is_told"),
    [
        ("unix:///run/redis.sock", 0, "unix:///run/redis.sock?db=0"),
        ("unix:///run/redis.sock?db=3", 2, "unix:///run/redis.sock?db=5"),
        ("redis://:pw@cache:6379", 1, "redis://:pw@cache:6379/1"),
        ("rediss://cache/4?socket_timeout=1", 1, "rediss://cache/5?socket_timeout=1"),
        ("redis://cache/?db=4", 1, "redis://cache/?db=5"),
    ],
)
def test_every_process_has_a_redis_database_of_its_own(url: str, further: int, is_told: str) -> None:
    assert redis_database(url, further) == is_told


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_test_stays_and_no_guard_stays_off(in_tenant: Tenant) -> None:
    one_of_each()
    empty_database()
    with scope.all_tenants():
        filled = {model._meta.label for model in apps.get_models() if model._default_manager.exists()}
    assert filled == {"auth.Permission", "contenttypes.ContentType"}
    assert Permission.objects.filter(codename="view_case").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'")
        assert cursor.fetchone() == (0,)
