"""What events tell of a connection has one form, however the connection was made and ended."""

from typing import Any

from catalog.models import Provider
from connections.models import Connection
from connections.services.connections import connect, remove_connection
from connections.services.integrations import remove_integration
from connections.services.oauth import finish_consent, start_consent
from connections.services.redirects import callback_uri
from connections.services.telling import connection_payload
from integrations_site.audit.types import Actor
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.connections.world import make_connection, make_integration, make_oauth_provider, vendor_running
from tests.factories.catalog import make_provider

FORM = {"connectionId", "integrationId", "provider", "status", "accountId", "accountName", "permissions"}


def told(type: str, subject: str) -> dict[str, object]:
    """The payload of the one event of this type about something."""
    return dict(Event.objects.get(type=type, subject=subject).payload)


def typed(provider: Provider, actor: Actor) -> Connection:
    """A connection that somebody has made with a key."""
    integration = make_integration(provider)
    return connect(integration=integration, user_id=None, kind="api_key", credentials={"apiKey": "k"}, actor=actor)


def consented(actor: Actor, **oauth: Any) -> Connection:
    """A connection that somebody has consented to."""
    with vendor_running() as vendor:
        connection = make_connection(make_oauth_provider(vendor.url, **oauth))
        consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri())
        return finish_consent(state=consent.state, query={"code": "c"}, actor=actor)


def test_events_of_connections_have_one_form(in_tenant: Tenant, actor: Actor) -> None:
    for connection in (typed(make_provider(), actor), consented(actor)):
        payload = told("connection.connected", connection.public_id)
        assert set(payload) == FORM
        assert payload == connection_payload(connection)
        assert payload["status"] == "active"
        remove_connection(connection=connection, actor=actor)
        for type in ("connection.disconnected", "connection.removed"):
            assert told(type, connection.public_id) == payload | {"status": "revoked"}


def test_the_event_of_a_removed_integration_names_it_alike(in_tenant: Tenant, actor: Actor) -> None:
    integration = make_integration(make_provider())
    remove_integration(integration=integration, actor=actor)
    assert told("integration.removed", integration.public_id) == {
        "integrationId": integration.public_id,
        "provider": integration.provider.provider,
        "name": integration.name,
        "left": [],
    }


def test_the_event_says_which_authorizations_a_vendor_did_not_end(in_tenant: Tenant, actor: Actor) -> None:
    connection = consented(actor, revocationUrl=None)
    remove_integration(integration=connection.integration, actor=actor)
    left: Any = told("integration.removed", connection.integration.public_id)["left"]
    assert [each["connectionId"] for each in left] == [connection.public_id]
    assert "end it there" in left[0]["reason"]
