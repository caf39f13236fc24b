"""Another account takes the place of the one that was connected: confirmed, and from its own beginning."""

import pytest

from connections.models import Connection, EntityState, Record, SyncRun
from connections.services import connections
from connections.services.errors import AccountChangedError
from connections.services.oauth import finish_consent, start_consent
from connections.services.redirects import callback_uri
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant
from tests.connections.world import Vendor, answer, make_connection, make_key_provider, make_oauth_provider
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db


def with_records(connection: Connection) -> Connection:
    """The connection, once something of its account was synced and a run waits."""
    EntityState.objects.create(connection=connection, entity="invoices", watermark={"at": "2026-01-01"})
    Record.objects.create(
        connection=connection,
        integration_id=connection.integration_id,
        entity="invoices",
        external_id="inv-1",
        raw=b"{}",
        data={},
        hash=b"0" * 16,
        title="Of the first account",
        changed_at=clock.now(),
    )
    kind = {"sync_type": "full", "trigger": "manual", "status": "running", "data_types": ["invoices"]}
    SyncRun.objects.create(connection=connection, started_at=clock.now(), **kind)
    return connection


def what_is_left(connection: Connection) -> tuple[str, int, int, bool]:
    """The account, how many records and states there are, and whether the run was told to end."""
    connection.refresh_from_db()
    rows = (Record.objects.count(), EntityState.objects.count())
    return connection.account_id, *rows, SyncRun.objects.get().cancel_requested


def test_typed_credentials_of_another_account(in_tenant: Tenant, actor: Actor) -> None:
    def me(request: Received) -> Answer:
        return answer({"id": request.headers["authorization"].removeprefix("Bearer ")})

    with receiving(me) as vendor:
        provider = make_key_provider(vendor.url, connection={"account": {"path": "/me", "idPath": "id"}})
        connection = with_records(make_connection(provider, secret={"apiKey": "first"}, account_id="first"))

        def swap(key: str, *, confirmed: bool) -> None:
            connections.replace_credentials(
                connection=connection,
                kind="api_key",
                credentials={"apiKey": key},
                actor=actor,
                takes_other_account=confirmed,
            )

        with pytest.raises(AccountChangedError):
            swap("second", confirmed=False)
        assert what_is_left(connection) == ("first", 1, 1, False)
        swap("first", confirmed=True)
        assert what_is_left(connection) == ("first", 1, 1, False)
        swap("second", confirmed=True)
        assert what_is_left(connection) == ("second", 0, 0, True)


def test_a_consent_for_another_account(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    provider = make_oauth_provider(vendor.url)
    connection = with_records(make_connection(provider, secret={"accessToken": "mine"}, account_id="acct-0"))
    for confirmed in (False, True):
        consent = start_consent(
            connection=connection, actor=actor, redirect_uri=callback_uri(), takes_other_account=confirmed
        )
        try:
            finish_consent(state=consent.state, query={"code": "c"}, actor=actor)
        except AccountChangedError:
            assert what_is_left(connection) == ("acct-0", 1, 1, False)
    assert what_is_left(connection) == ("acct-1", 0, 0, True)
