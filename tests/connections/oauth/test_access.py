"""Access is renewed before it ends or when it is refused, and what cannot be renewed is told once."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection as database

from connections.models import Connection, Credential
from connections.sdk.errors import CredentialError, ProviderUnavailable
from connections.services.access import refresh_access
from connections.services.connections import disconnect
from connections.services.errors import NotConnectedError, ReconnectNeededError
from connections.services.revocation import revoke_access
from connections.services.secrets import read_secret
from connections.services.tokens.renewal import renew
from connections.services.vendor_http import vendor_http
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.concurrency import run_together
from tests.connections.world import Vendor, answer, make_connection, make_oauth_provider, secret_of, vendor_running
from tests.receiver import Answer

FINE = {"data": [{"id": "1"}]}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


def ending(vendor: Vendor, seconds: float, **oauth: Any) -> Connection:
    """A connection whose access ends in so many seconds, to be renewed a minute before."""
    ends = clock.now() + dt.timedelta(seconds=seconds)
    times = {"expiresAt": ends.isoformat(), "renewAt": (ends - dt.timedelta(seconds=60)).isoformat()}
    return make_connection(make_oauth_provider(vendor.url, **oauth), secret=secret_of(vendor.tokens(), **times))


def get(connection: Connection) -> object:
    """One call."""
    return vendor_http(connection).request("GET", "/list").json()


def test_access_is_renewed_a_minute_before_it_ends(in_tenant: Tenant, vendor: Vendor) -> None:
    connection = ending(vendor, 3600)
    assert (get(connection), vendor.exchanges) == (FINE, 0)
    with time_machine.travel(clock.now() + dt.timedelta(seconds=3550)):
        assert (get(connection), vendor.exchanges) == (FINE, 1)
        assert read_secret(connection, purpose="test")["refreshToken"] == "refresh-2"
        connection.refresh_from_db()
        assert connection.expires_at is not None
        assert connection.expires_at > clock.now() + dt.timedelta(seconds=3500)
        assert (get(connection), vendor.exchanges) == (FINE, 1)


def test_tokens_of_a_short_life_are_used(in_tenant: Tenant, vendor: Vendor) -> None:
    vendor.expires_in = 20
    connection = ending(vendor, 0)
    for _ in range(3):
        assert (get(connection), vendor.exchanges) == (FINE, 1)


def test_refused_access_is_renewed_once_and_the_call_repeated(in_tenant: Tenant, vendor: Vendor) -> None:
    connection = ending(vendor, 3600)
    vendor.tokens()
    assert (get(connection), vendor.exchanges) == (FINE, 1)
    vendor.uses = 0
    vendor.tokens()
    with pytest.raises(CredentialError):
        get(connection)
    assert vendor.exchanges == 2


@pytest.mark.parametrize("given", [answer({}, 503), answer({"error": "temporarily_unavailable"}), answer({}, 429)])
def test_access_that_still_holds_serves_while_the_vendor_cannot_renew(
    in_tenant: Tenant, vendor: Vendor, given: Answer
) -> None:
    connection = ending(vendor, 30)
    vendor.token_answer = given
    assert get(connection) == FINE
    assert Credential.objects.get().exchange_started_at is None
    asked = len(vendor.requests)
    assert get(connection) == FINE
    assert len(vendor.requests) == asked + 1, "nobody asks again at once"
    with time_machine.travel(clock.now() + dt.timedelta(seconds=40)):
        vendor.token_answer = None
        assert (get(connection), vendor.exchanges) == (FINE, 1)


def test_a_renewal_that_fails_waits(in_tenant: Tenant, vendor: Vendor) -> None:
    connection = ending(vendor, 0)
    vendor.token_answer = answer({}, 500)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            get(connection)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("status", [400, 200])
def test_what_the_vendor_does_not_renew_is_told_once(in_tenant: Tenant, vendor: Vendor, status: int) -> None:
    connection = ending(vendor, 0)
    vendor.token_answer = answer({"error": "invalid_grant"}, status)
    for _ in range(3):
        with pytest.raises(CredentialError, match="connect the account again"):
            get(connection)
    assert len(vendor.requests) == 1
    connection.refresh_from_db()
    assert (connection.status, connection.integration.status) == ("expired", "error")
    assert connection.told_at is not None
    assert Event.objects.values_list("type", flat=True).get() == "connection.expired"


@pytest.mark.parametrize("given", [Answer(200, b"<html>"), answer({"hello": 1})])
def test_an_answer_that_was_lost_ends_a_single_use_token(in_tenant: Tenant, vendor: Vendor, given: Answer) -> None:
    connection = ending(vendor, 0)
    vendor.token_answer = given
    with pytest.raises(Exception, match="without an access token"):
        get(connection)
    vendor.token_answer = None
    with time_machine.travel(clock.now() + dt.timedelta(seconds=31)), pytest.raises(CredentialError) as caught:
        get(connection)
    assert (caught.value.code, vendor.exchanges) == ("EXCHANGE_INTERRUPTED", 0)


def test_half_a_character_beside_new_tokens_spoils_nothing(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    connection = ending(vendor, 3600)
    told = json.dumps({"access_token": "a", "refresh_token": "fresh", "team": {"name": "Cut off \ud83d"}})
    vendor.token_answer = Answer(200, told.encode())
    assert refresh_access(connection=connection, actor=actor).status == "active"
    assert read_secret(connection, purpose="test")["refreshToken"] == "fresh"


def test_a_token_that_serves_often_is_simply_sent_again(in_tenant: Tenant, vendor: Vendor) -> None:
    vendor.rotates = False
    connection = ending(vendor, 0, rotates=False)
    Credential.objects.update(exchange_started_at=clock.now() - dt.timedelta(days=1))
    assert (get(connection), vendor.exchanges) == (FINE, 1)
    assert Credential.objects.get().exchange_started_at is None


def test_access_without_a_renewal_ends(in_tenant: Tenant, vendor: Vendor) -> None:
    ends = (clock.now() + dt.timedelta(seconds=30)).isoformat()
    secret = {"accessToken": vendor.tokens()["access_token"], "expiresAt": ends}
    connection = make_connection(make_oauth_provider(vendor.url), secret=secret)
    assert get(connection) == FINE
    with time_machine.travel(clock.now() + dt.timedelta(seconds=31)), pytest.raises(CredentialError):
        get(connection)
    connection.refresh_from_db()
    assert connection.status == "expired"


@pytest.mark.django_db(transaction=True)
def test_of_many_threads_one_renews(tenant: Tenant, vendor: Vendor) -> None:
    with scope.tenant_scope(tenant.id):
        connection = ending(vendor, 0)

    def call(_: int) -> object:
        try:
            with scope.tenant_scope(tenant.id):
                return get(Connection.objects.select_related("integration__provider").get(pk=connection.pk))
        finally:
            database.close()

    assert run_together(call, 12) == [FINE] * 12
    assert (vendor.exchanges, vendor.reused) == (1, [])


def test_somebody_renews_by_hand(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    connection = ending(vendor, 3600)
    before = clock.now()
    renewed = refresh_access(connection=connection, actor=actor)
    assert vendor.exchanges == 1
    assert renewed.expires_at is not None
    assert renewed.expires_at > before + dt.timedelta(seconds=3590)
    vendor.token_answer = answer({}, 500)
    with pytest.raises(TransientError) as caught:
        refresh_access(connection=connection, actor=actor)
    assert caught.value.code == "PROVIDER_UNAVAILABLE"
    vendor.token_answer = answer({"error": "invalid_grant"}, 400)
    with time_machine.travel(clock.now() + dt.timedelta(seconds=31)):
        for _ in range(2):
            with pytest.raises(ReconnectNeededError):
                refresh_access(connection=connection, actor=actor)
            connection.refresh_from_db()


def test_what_somebody_else_renewed_is_a_use_as_well(in_tenant: Tenant, vendor: Vendor) -> None:
    connection = ending(vendor, 3600)
    before = read_secret(connection, purpose="test")
    renew(connection, unless=before)
    uses = AuditEntry.objects.filter(action="credential.used", data__purpose="renewed meanwhile")
    assert not uses.exists()
    assert renew(connection, unless=before)["refreshToken"] == "refresh-2"
    assert (uses.count(), vendor.exchanges) == (1, 1)


def test_nothing_to_renew_is_said(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    connection = make_connection(make_oauth_provider(vendor.url), secret={"accessToken": "for ever"})
    with pytest.raises(NotConnectedError):
        refresh_access(connection=connection, actor=actor)


def test_the_vendor_is_told_of_the_end(in_tenant: Tenant, vendor: Vendor) -> None:
    connection = ending(vendor, 3600)
    assert revoke_access(connection=connection).is_done
    assert vendor.requests[-1].path == "/revoke"
    assert vendor.requests[-1].body == b"token=refresh-1"


def test_a_vendor_that_is_not_there_does_not_keep_a_credential_alive(in_tenant: Tenant, actor: Actor) -> None:
    secret = {"accessToken": "a", "refreshToken": "r"}
    connection = make_connection(make_oauth_provider("http://127.0.0.1:1"), secret=secret)
    told = revoke_access(connection=connection)
    assert not told.is_done
    assert "end the authorization there" in told.message
    assert disconnect(connection=connection, actor=actor).connection.status == "revoked"
    assert not Credential.objects.exists()


def test_what_a_vendor_says_is_kept_as_the_database_can_hold_it(in_tenant: Tenant, vendor: Vendor) -> None:
    connection = ending(vendor, 0)
    vendor.token_answer = answer({"error": "invalid_grant", "error_description": "odd\x00end"}, 400)
    with pytest.raises(CredentialError, match="odd\ufffdend"):
        get(connection)
    connection.refresh_from_db()
    assert connection.status == "expired"
