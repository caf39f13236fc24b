"""What the hub, or a tenant with a client of its own, is known by at a provider."""

from django.conf import settings
from django.db import transaction

from catalog.services.providers import definition_of
from catalog.services.secrets import OAuthClient, oauth_client
from connections.models import Connection, Integration
from connections.services.errors import OAuthNotOfferedError
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.crypto import SecretBox

ISSUED_TO_ANOTHER = (
    "The OAuth client has changed since this account was connected. Its access holds until it ends and cannot be "
    "renewed; connect the account again"
)


def client_of(integration: Integration) -> OAuthClient:
    """The integration's own client, else the hub's with the provider.

    Raises ProviderNotConfiguredError where there is neither, and SecretUnreadableError.
    """
    if not integration.client_id:
        return oauth_client(integration.provider)
    sealed = integration.sealed_client_secret
    box = SecretBox(settings.ENCRYPTION_KEYS)
    return OAuthClient(integration.client_id, box.open(sealed, owner=_owner(integration)) if sealed else "")


@transaction.atomic
def set_own_client(*, integration: Integration, client_id: str, client_secret: str, actor: Actor) -> list[Connection]:
    """Has the integration use an OAuth client of the tenant's own from the next consent or renewal on.

    Gives back the connections whose access was issued to the other client: it holds until it ends, and no renewal of it
    will be accepted, so their accounts are to be connected again. Raises OAuthNotOfferedError.
    """
    if definition_of(integration.provider).oauth_config is None:
        raise OAuthNotOfferedError(f"{integration.provider} is not connected by OAuth, so there is no client to set")
    sealed = SecretBox(settings.ENCRYPTION_KEYS).seal(client_secret, owner=_owner(integration)) if client_secret else ""
    return _change(integration, client_id, sealed, actor)


@transaction.atomic
def remove_own_client(*, integration: Integration, actor: Actor) -> list[Connection]:
    """Goes back to the hub's client; gives back the connections that are to be connected again, as `set_own_client`."""
    return _change(integration, "", "", actor)


def _change(integration: Integration, client_id: str, sealed: str, actor: Actor) -> list[Connection]:
    row = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
    data = {"client_id": client_id}
    announce(action="integration.client_changed", actor=actor, subject=integration.public_id, data=data)
    is_other = row.client_id != client_id
    integration.client_id, integration.sealed_client_secret = client_id, sealed
    integration.save(update_fields=["client_id", "sealed_client_secret", "updated_at"])
    return _to_reconnect(integration) if is_other else []


def _to_reconnect(integration: Integration) -> list[Connection]:
    """Active connections by consent, each marked with what is to be done."""
    found = Connection.objects.filter(
        integration=integration,
        removed_at=None,
        status=Connection.Status.ACTIVE,
        credential_kind=Connection.CredentialKind.OAUTH,
    )
    affected = list(found.select_for_update())
    found.update(validation_error=ISSUED_TO_ANOTHER, updated_at=clock.now())
    return affected


def _owner(integration: Integration) -> str:
    return f"{integration.tenant_id}:{integration.id}"
