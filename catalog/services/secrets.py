"""The hub's own secrets with a provider: of its OAuth client, and of the webhooks that are sent to it."""

from typing import NamedTuple

from django.conf import settings

from catalog.models import Provider
from catalog.services.errors import ProviderNotConfiguredError
from integrations_site.kernel.crypto import SecretBox


class OAuthClient(NamedTuple):
    """What the hub is known by at a provider; a public client has no secret."""

    client_id: str
    client_secret: str


def oauth_client(provider: Provider) -> OAuthClient:
    """The hub's client with a provider: that of STRIPE_CLIENT_ID and STRIPE_CLIENT_SECRET, say, else the stored one.

    The environment counts for shipped providers alone: the identifiers of others are anybody's choice. Raises
    ProviderNotConfiguredError where there is none, and SecretUnreadableError.
    """
    client_id = _of_environment(provider, "CLIENT_ID")
    if client_id:
        return OAuthClient(client_id, _of_environment(provider, "CLIENT_SECRET"))
    if provider.client_id:
        return OAuthClient(provider.client_id, _opened(provider, "client_secret"))
    variable = f" or the variable {variable_of(provider, 'CLIENT_ID')}" if provider.is_shipped else ""
    raise ProviderNotConfiguredError(
        f"The hub is not known to {provider.display_name} yet: a super admin sets clientId and clientSecret in its "
        f"oauthConfig{variable}"
    )


def webhook_secret(provider: Provider) -> str | None:
    """What the provider signs its webhooks with, for all accounts of the hub's app; None where nobody told the hub."""
    return _of_environment(provider, "WEBHOOK_SECRET") or _opened(provider, "webhook_secret") or None


def seal(provider: Provider, name: str, secret: str | None) -> None:
    """Puts a secret (`client_secret` or `webhook_secret`) into its column, sealed; None empties the column."""
    sealed = SecretBox(settings.ENCRYPTION_KEYS).seal(secret, owner=_owner(provider, name)) if secret else ""
    setattr(provider, f"sealed_{name}", sealed)


def variable_of(provider: Provider, what: str) -> str:
    """The environment variable that holds something of a provider's."""
    return f"{provider.provider.upper().replace('-', '_')}_{what}"


def _of_environment(provider: Provider, what: str) -> str:
    found: str = settings.VENDOR_SECRETS.get(variable_of(provider, what), "") if provider.is_shipped else ""
    return found


def _opened(provider: Provider, name: str) -> str:
    sealed: str = getattr(provider, f"sealed_{name}")
    return SecretBox(settings.ENCRYPTION_KEYS).open(sealed, owner=_owner(provider, name)) if sealed else ""


def _owner(provider: Provider, name: str) -> str:
    return f"{provider.public_id}:{name}"
