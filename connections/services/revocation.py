"""Ending authorizations at vendors: one account's, and not where anybody still works with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from catalog.services.providers import definition_of
from connections.models import Connection, Credential
from connections.sdk.errors import VendorError
from connections.services.access import ConnectionAccess
from connections.services.account_entries import end_entry
from connections.services.secrets import read_secret
from connections.services.tokens.endpoint import token_endpoint
from connections.services.vendor_http import provider_http
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

_SHARED = (
    "The account is connected elsewhere in this hub, and the vendor may end that as well; the authorization is left. "
    "End it there if nobody is to use it any more"
)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whether the vendor ended the authorization, and what came of it; nothing is told where there was none to end."""

    is_done: bool
    message: str

    @property
    def notice(self) -> str:
        """Why an authorization was left; empty where none was."""
        return "" if self.is_done else self.message


def revoke_access(*, connection: Connection, ending: Q | None = None) -> Revocation:
    """Has the vendor end the authorization, as far as it can be reached; not where another connection, of whichever
    tenant, is active with the account. `ending` are the connections that end together: this one where nothing is said.

    Not called inside a transaction: it goes over the network. The credential is dropped by whoever cuts the link
    (`links.cut`), in the transaction that does so.
    """
    if connection.credential_kind != Connection.CredentialKind.OAUTH:
        return Revocation(False, "")
    if not Credential.objects.filter(connection=connection).exists():
        return Revocation(False, "")
    if connection.account_id and is_in_use(connection, connection.account_id, but_for=ending or Q(pk=connection.pk)):
        return Revocation(False, _SHARED)
    try:
        secret = _secret(connection)
        return revoke_grant(connection, secret, account_id=connection.account_id)
    except VendorError as error:
        return Revocation(False, f"The vendor did not confirm it ({error.message}); end the authorization there")
    except HubError as error:
        return Revocation(False, f"The credential cannot be read ({error.message}); end the authorization there")


def revoke_grant(connection: Connection, secret: Mapping[str, Any], *, account_id: str) -> Revocation:
    """Has the vendor end the authorization that these tokens of an account stand for, as far as it can be reached."""
    try:
        is_done = _ended(connection, secret, account_id)
    except (VendorError, HubError) as error:
        return Revocation(False, f"The vendor did not confirm it ({error.message}); end the authorization there")
    if is_done:
        return Revocation(True, "The vendor has ended the authorization")
    return Revocation(False, "The vendor has no way to end an authorization from here; end it there")


def is_in_use(connection: Connection, account_id: str, *, but_for: Q | None = None) -> bool:
    """Whether the hub works with the account, in any tenant and by whichever OAuth client: what access was issued to is
    not always the client of now, and to end somebody's by mistake is worse than to leave one.

    An account that is not known may be the connection's own. `but_for` are connections that do not count.
    """
    if not account_id:
        return _working().filter(pk=connection.pk).exists()
    # The query is made inside: it is narrowed to the scope in which it is made.
    with scope.all_tenants():
        others = _working().exclude(but_for) if but_for else _working()
        of_provider = others.filter(integration__provider_id=connection.integration.provider_id)
        return of_provider.filter(account_id=account_id).exists()


def _working() -> QuerySet[Connection]:
    return Connection.objects.filter(status=Connection.Status.ACTIVE, removed_at=None)


def _secret(connection: Connection) -> Mapping[str, Any]:
    """The tokens, renewed where access has ended and a call takes the account away. Raises VendorError."""
    oauth = definition_of(connection.integration.provider).oauth_config
    if oauth and oauth.account and oauth.account.entries:
        return ConnectionAccess(connection, purpose="revocation").secret()
    return read_secret(connection, purpose="revocation")


def _ended(connection: Connection, secret: Mapping[str, Any], account_id: str) -> bool:
    definition = definition_of(connection.integration.provider)
    source = definition.oauth_config.account if definition.oauth_config else None
    if source is None or source.entries is None:
        return token_endpoint(connection).revoke(secret, account_id=account_id)
    settings = connection.integration.settings | connection.settings
    http = provider_http(definition, secret, settings=settings)
    return end_entry(source, source.entries, http, account_id=account_id)
