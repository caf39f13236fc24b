"""A token that opens several accounts, as Xero's: the consent's own is connected, and it alone is taken away again."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from connections.models import Connection, Credential
from connections.services.connections import begin_consent, disconnect
from connections.services.oauth import finish_consent, start_consent
from connections.services.redirects import callback_uri
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.world import answer, make_connection, make_integration, make_oauth_provider
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db


class Organisations:
    """A vendor that lists every account which the person ever opened, and says in which consent that was."""

    def __init__(self) -> None:
        self.listed: list[tuple[str, str]] = []
        self.event: str | None = "now"
        self.ended: list[str] = []
        self.url = ""

    def respond(self, request: Received) -> Answer:
        """Tokens, the list, and taking one away."""
        if request.path == "/token":
            claims = json.dumps({"event": self.event}).encode()
            token = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.e30"
            return answer({"access_token": token, "refresh_token": "r", "expires_in": 3600})
        if request.method == "DELETE":
            self.ended.append(request.path)
            return Answer(204, b"")
        told = [{"id": f"link {key}", "event": event, "org": key, "name": f"Org {key}"} for key, event in self.listed]
        return answer(told)


@pytest.fixture
def vendor() -> Iterator[Organisations]:
    """The vendor."""
    vendor = Organisations()
    with receiving(vendor.respond) as running:
        vendor.url = running.url
        yield vendor


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Organisations) -> Connection:
    """One that waits for consent."""
    entries = {"matchPath": "event", "claim": "event", "linkPath": "id", "endPath": "/orgs/{link}"}
    account = {"from": "call", "call": {"path": "/orgs"}, "idPath": "org", "namePath": "name", "entries": entries}
    return make_connection(make_oauth_provider(vendor.url, account=account, revocationUrl=None))


def consented(connection: Connection, actor: Actor, **more: Any) -> Connection:
    """The connection after a consent."""
    begun = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri(), **more)
    return finish_consent(state=begun.state, query={"code": "c"}, actor=actor)


def refusal(connection: Connection, actor: Actor) -> str:
    """The code with which a consent is refused."""
    with pytest.raises(HubError) as caught:
        consented(connection, actor)
    return caught.value.code


def test_the_account_of_this_consent_is_connected(connection: Connection, vendor: Organisations, actor: Actor) -> None:
    vendor.listed = [("a", "before"), ("b", "now")]
    done = consented(connection, actor)
    assert (done.account_id, done.account_name) == ("b", "Org b")
    vendor.listed = [("a", "before"), ("b", "before")]
    assert consented(done, actor).account_id == "b", "opened before, and chosen once more"


@pytest.mark.parametrize("listed", [[("a", "now"), ("b", "now")], [("a", "before"), ("b", "before")]])
def test_what_does_not_tell_the_account_connects_none(
    connection: Connection, vendor: Organisations, actor: Actor, listed: list[tuple[str, str]]
) -> None:
    vendor.listed = listed
    assert refusal(connection, actor) == "ACCOUNTS_SEVERAL"
    vendor.event = None
    assert refusal(connection, actor) == "PROVIDER_UNAVAILABLE"
    vendor.event, vendor.listed = "now", []
    assert refusal(connection, actor) == "PROVIDER_UNAVAILABLE"
    connection.refresh_from_db()
    assert (connection.status, Credential.objects.count(), vendor.ended) == ("pending", 0, [])


def test_a_refused_account_is_taken_away_and_the_connected_one_is_left(
    connection: Connection, vendor: Organisations, actor: Actor
) -> None:
    vendor.listed = [("a", "now")]
    connection = consented(connection, actor)
    vendor.event, vendor.listed = "later", [("a", "now"), ("b", "later")]
    assert refusal(connection, actor) == "ACCOUNT_CHANGED"
    assert vendor.ended == ["/orgs/link%20b"]
    connection.refresh_from_db()
    assert (connection.status, connection.account_id) == ("active", "a")


def test_disconnecting_ends_one_account_and_none_that_is_connected_elsewhere(
    connection: Connection, vendor: Organisations, actor: Actor, rival: Tenant
) -> None:
    vendor.listed = [("a", "now"), ("b", "before")]
    connection = consented(connection, actor)
    with scope.tenant_scope(rival.id):
        other = Connection.objects.create(
            integration=make_integration(connection.integration.provider),
            status="active",
            account_id="a",
            credential_kind="oauth",
        )
    cut = disconnect(connection=connection, actor=actor)
    assert (cut.connection.status, vendor.ended) == ("revoked", [])
    assert "connected elsewhere in this hub" in cut.notice
    assert rival.name not in cut.notice
    with scope.tenant_scope(rival.id):
        Connection.objects.filter(pk=other.pk).update(status="revoked")
    again = begin_consent(integration=connection.integration, user_id=None, actor=actor)
    disconnect(connection=consented(again, actor), actor=actor)
    assert vendor.ended == ["/orgs/link%20a"]
