"""A connection that dies between two requests costs neither of them, nor any later one, its answer."""

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership, Tenant
from tests.factories.tokens import bearer

pytestmark = pytest.mark.django_db(transaction=True)


def lose_connection(last_told: Tenant) -> None:
    """Ends the session from outside, as a PostgreSQL that is started anew does; its last scope was this tenant's."""
    with scope.tenant_scope(last_told.id), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    options = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(autocommit=True, **{name: options[name] for name in names if name in options}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.parametrize("path", ["/api/cases", "/api/vendors"])
def test_a_request_of_another_tenant_gets_a_new_one(tenant: Tenant, rival: Tenant, path: str) -> None:
    token = bearer(rival)
    lose_connection(tenant)
    assert [Client().get(path, headers=token).status_code for _ in range(2)] == [200, 200]


def test_code_in_another_scope_is_told_in_djangos_words(tenant: Tenant, rival: Tenant) -> None:
    lose_connection(tenant)
    connection.health_check_done = True  # type: ignore[attr-defined]  # as in the middle of a request
    with scope.tenant_scope(rival.id), pytest.raises(OperationalError):
        Membership.objects.count()
    connection.close_if_unusable_or_obsolete()
    with scope.tenant_scope(rival.id):
        assert Membership.objects.count() == 0
