"""Tests of connections that somebody changes meanwhile: what was found of the one before is told, and not kept."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from connections.models import Connection, Credential
from connections.services import connections, testing
from connections.services.integrations import locked
from connections.services.refusals import ConnectionNotFoundError
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.concurrency import eventually, somebody_waits_for_a_lock
from tests.connections.world import answer, make_connection, make_key_provider, make_oauth_provider
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db(transaction=True)
HEALTH = {"health": {"path": "/health"}}


class Asked:
    """A vendor that answers with `status`; `meanwhile` is what happens while it is asked."""

    def __init__(self) -> None:
        self.url, self.status = "", 200
        self.meanwhile: Callable[[], Any] = lambda: None

    def respond(self, request: Received) -> Answer:
        """On the vendor's thread."""
        if request.path == "/health":
            self.meanwhile()
            database.close()
        return answer({}, self.status)


@pytest.fixture
def vendor() -> Iterator[Asked]:
    """The vendor, running."""
    asked = Asked()
    with receiving(asked.respond) as receiver:
        asked.url = receiver.url
        yield asked


def test_a_key_that_was_replaced_meanwhile_is_not_held_against_the_new_one(
    in_tenant: Tenant, vendor: Asked, actor: Actor
) -> None:
    provider = make_key_provider(vendor.url, connection=HEALTH)
    connection = make_connection(provider, secret={"apiKey": "old"}, connected_at=clock.now())

    def replace() -> None:
        with scope.tenant_scope(in_tenant.id):
            Connection.objects.filter(pk=connection.pk).update(connected_at=clock.now())

    vendor.meanwhile, vendor.status = replace, 401
    assert testing.test_connection(connection=connection, actor=actor).error == "INVALID_CREDENTIALS"
    connection.refresh_from_db()
    assert (connection.status, connection.validation_error) == ("active", "")


def test_a_connection_that_was_ended_meanwhile_is_not_active_again(
    in_tenant: Tenant, vendor: Asked, actor: Actor
) -> None:
    provider = make_oauth_provider(vendor.url, connection=HEALTH)
    connection = make_connection(provider, secret={"accessToken": "a"}, connected_at=clock.now())

    def end_and_begin_anew() -> None:
        with scope.tenant_scope(in_tenant.id):
            row = Connection.objects.select_related("integration__provider").get(pk=connection.pk)
            connections.disconnect(connection=row, actor=actor)
            connections.begin_consent(integration=row.integration, user_id=None, actor=actor)

    vendor.meanwhile = end_and_begin_anew
    testing.test_connection(connection=connection, actor=actor)
    connection.refresh_from_db()
    assert (connection.status, connection.last_validated_at) == ("pending", None)


def test_a_test_and_a_change_of_the_integration_do_not_lock_each_other_out(
    in_tenant: Tenant, vendor: Asked, actor: Actor
) -> None:
    provider = make_key_provider(vendor.url, connection=HEALTH)
    connection = make_connection(provider, secret={"apiKey": "k"}, status=Connection.Status.ERROR)

    def test() -> bool:
        with scope.tenant_scope(in_tenant.id):
            row = Connection.objects.select_related("integration__provider").get(pk=connection.pk)
            result = testing.test_connection(connection=row, actor=actor)
        database.close()
        return result.success

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locked(connection.integration)
            tested = pool.submit(test)
            eventually(somebody_waits_for_a_lock)
            connections.locked_connection(connection)
        assert tested.result(20)
    connection.refresh_from_db()
    assert (connection.status, connection.integration.status) == ("active", "connected")


def test_a_connection_that_is_removed_while_its_new_key_is_tried_stays_removed(
    in_tenant: Tenant, vendor: Asked, actor: Actor
) -> None:
    provider = make_key_provider(vendor.url, connection=HEALTH)
    connection = make_connection(provider, secret={"apiKey": "old"}, connected_at=clock.now())

    def remove() -> None:
        with scope.tenant_scope(in_tenant.id):
            row = Connection.objects.select_related("integration__provider").get(pk=connection.pk)
            connections.remove_connection(connection=row, actor=actor)

    vendor.meanwhile = remove
    with pytest.raises(ConnectionNotFoundError):
        connections.replace_credentials(
            connection=connection, kind="api_key", credentials={"apiKey": "new-key-1"}, actor=actor
        )
    assert not Credential.objects.exists()
    assert not Connection.objects.filter(removed_at=None).exists()
