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
        self.answer: object = None
        self.url = ""

    def respond(self, request: Received) -> Answer:
        """Tokens, the list, and taking one away."""
        if request.path == "/token":
            claims = json.dumps({"event": self.event}).encode()
            token = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.e30"
            return answer({"access_token": token, "refresh_token": "r", "expires_in": 3600})
        if request.method == "DELETE":
            self.ended.append(request.path)
            self.listed = [each for each in self.listed if not request.path.endswith(f"%20{each[0]}")]
            return Answer(204, b"")
        if self.answer is not None:
            return answer(self.answer)
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


def refusal(connection: Connection, actor: Actor, **more: Any) -> str:
    """The code with which a consent is refused."""
    with pytest.raises(HubError) as caught:
        consented(connection, actor, **more)
    return caught.value.code


def working_with(account_id: str, connection: Connection, tenant: Tenant) -> Connection:
    """A connection of another tenant, at work with an account of the same provider."""
    with scope.tenant_scope(tenant.id):
        return Connection.objects.create(
            integration=make_integration(connection.integration.provider),
            status="active",
            account_id=account_id,
            credential_kind="oauth",
        )


def test_the_account_of_this_consent_is_connected(connection: Connection, vendor: Organisations, actor: Actor) -> None:
    vendor.listed = [("a", "before"), ("b", "now")]
    done = consented(connection, actor)
    assert (done.account_id, done.account_name) == ("b", "Org b")
    vendor.listed = [("a", "before"), ("b", "before")]
    assert consented(done, actor).account_id == "b", "opened before, and chosen once more"


def test_what_does_not_tell_the_account_connects_none(
    connection: Connection, vendor: Organisations, actor: Actor
) -> None:
    vendor.listed = [("a", "before"), ("b", "before")]
    assert refusal(connection, actor) == "ACCOUNTS_OPEN_BEFORE"
    vendor.event = None
    assert refusal(connection, actor) == "PROVIDER_UNAVAILABLE"
    vendor.event, vendor.listed = "now", []
    assert refusal(connection, actor) == "PROVIDER_UNAVAILABLE"
    connection.refresh_from_db()
    assert (connection.status, Credential.objects.count(), vendor.ended) == ("pending", 0, [])


def test_of_several_accounts_at_once_none_stays_open_and_one_is_chosen_the_next_time(
    connection: Connection, vendor: Organisations, actor: Actor, rival: Tenant
) -> None:
    working_with("b", connection, rival)
    vendor.listed = [("before", "before"), ("a", "now"), ("b", "now")]
    assert refusal(connection, actor) == "ACCOUNTS_SEVERAL"
    assert vendor.ended == ["/orgs/link%20a"], "neither what was opened before nor what is in use"
    vendor.event = "later"
    vendor.listed.append(("a", "later"))
    assert consented(connection, actor).account_id == "a"


def test_several_accounts_that_were_opened_for_a_connected_one_are_taken_away(
    connection: Connection, vendor: Organisations, actor: Actor
) -> None:
    vendor.listed = [("a", "now")]
    connection = consented(connection, actor)
    vendor.event, vendor.listed = "later", [("a", "now"), ("b", "later"), ("c", "later")]
    assert refusal(connection, actor) == "ACCOUNTS_SEVERAL"
    assert vendor.ended == ["/orgs/link%20b", "/orgs/link%20c"]
    connection.refresh_from_db()
    assert (connection.status, connection.account_id) == ("active", "a")


def test_a_confirmed_change_is_made_also_to_an_account_that_was_opened_before(
    connection: Connection, vendor: Organisations, actor: Actor
) -> None:
    vendor.listed = [("a", "now")]
    connection = consented(connection, actor)
    vendor.event, vendor.listed = "later", [("a", "now"), ("b", "before"), ("c", "before")]
    assert refusal(connection, actor, takes_other_account=True) == "ACCOUNTS_OPEN_BEFORE"
    connection.refresh_from_db()
    assert connection.account_id == "a"
    vendor.listed = [("a", "now"), ("b", "before")]
    assert consented(connection, actor, takes_other_account=True).account_id == "b"
    vendor.listed = [("b", "before")]
    assert consented(connection, actor, takes_other_account=True).account_id == "b", "the only one there is"


@pytest.mark.parametrize(
    ("told", "is_done"),
    [
        ({"organisations": []}, False),
        ([{"event": "now", "org": "a"}], False),
        ([{"id": "link b", "event": "now", "org": "b"}], True),
    ],
    ids=["no list", "no link", "gone"],
)
def test_an_account_is_ended_where_the_vendor_shows_it(
    connection: Connection, vendor: Organisations, actor: Actor, told: object, is_done: bool
) -> None:
    vendor.listed = [("a", "now")]
    connection = consented(connection, actor)
    vendor.answer = told
    cut = disconnect(connection=connection, actor=actor)
    assert (cut.connection.status, cut.notice == "", vendor.ended) == ("revoked", is_done, [])


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
    other = working_with("a", connection, rival)
    cut = disconnect(connection=connection, actor=actor)
    assert (cut.connection.status, vendor.ended) == ("revoked", [])
    assert "connected elsewhere in this hub" in cut.notice
    assert rival.name not in cut.notice
    with scope.tenant_scope(rival.id):
        Connection.objects.filter(pk=other.pk).update(status="revoked")
    again = begin_consent(integration=connection.integration, user_id=None, actor=actor)
    disconnect(connection=consented(again, actor), actor=actor)
    assert vendor.ended == ["/orgs/link%20a"]
