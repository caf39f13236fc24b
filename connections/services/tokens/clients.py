"""What the hub, or a tenant with a client of its own, is known by at a provider."""

from django.conf import settings
from django.db import transaction

from catalog.services.secrets import OAuthClient, oauth_client
from connections.models import Integration
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.crypto import SecretBox


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
def set_own_client(*, integration: Integration, client_id: str, client_secret: str, actor: Actor) -> None:
    """Has the integration use an OAuth client of the tenant's own from the next consent or renewal on.

    An empty `client_id` goes back to the hub's. Connections made with the other client must be connected again.
    """
    announce(
        action="integration.client_changed",
        actor=actor,
        subject=integration.public_id,
        data={"client_id": client_id},
    )
    box = SecretBox(settings.ENCRYPTION_KEYS)
    integration.client_id = client_id
    integration.sealed_client_secret = box.seal(client_secret, owner=_owner(integration)) if client_secret else ""
    integration.save(update_fields=["client_id", "sealed_client_secret", "updated_at"])


def _owner(integration: Integration) -> str:
    return f"{integration.tenant_id}:{integration.id}"
