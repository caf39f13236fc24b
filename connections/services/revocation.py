"""Ending authorizations at vendors: one account's, and not where anybody still works with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from catalog.services.providers import definition_of
from connections.models import Connection, Credential, Integration
from connections.sdk.errors import ProviderRejected, VendorError
from connections.services.access import ConnectionAccess
from connections.services.account_entries import end_entry
from connections.services.secrets import read_secret
from connections.services.tokens.clients import client_of
from connections.services.tokens.endpoint import token_endpoint
from connections.services.tokens.locking import exclusively
from connections.services.vendor_http import provider_http
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

_SHARED = (
    "The account is connected elsewhere in this hub, and the vendor would end that as well; the authorization is left. "
    "End it there if nobody is to use it any more"
)
# Client errors (RFC 9110, section 15.5), but for those that pass: 408 and 429.
_REFUSALS = frozenset(range(400, 500)) - {408, 429}


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whether the vendor ended the authorization, and what came of it; nothing is told where there was none to end.

    `is_refused`: the vendor was asked, and says that there is nothing that it would end.
    """

    is_done: bool
    message: str
    is_refused: bool = False

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
    ending, issued_to = ending or Q(pk=connection.pk), connection.issued_to
    if connection.account_id and is_in_use(connection, connection.account_id, issued_to=issued_to, but_for=ending):
        return Revocation(False, _SHARED)
    try:
        secret = _secret(connection)
        return revoke_grant(connection, secret, account_id=connection.account_id)
    except VendorError as error:
        return Revocation(False, f"The vendor did not confirm it ({error.message}); end the authorization there")
    except HubError as error:
        return Revocation(False, f"The credential cannot be read ({error.message}); end the authorization there")


def revoke_all(*, integration: Integration) -> list[tuple[Connection, str]]:
    """Has vendors end what an integration's connections alone have; gives back whose was left, each with the reason.

    Each is asked for once a renewal of the access that is under way has ended, since what it brings is to be revoked. A
    vendor that ends an account's authorization as a whole refuses to do so again: what it ended before for the same
    account and OAuth client is ended. Called as `revoke_access`.
    """
    left, done = [], set()
    for connection in Connection.objects.filter(integration=integration, removed_at=None):
        with exclusively(connection):
            revocation = revoke_access(connection=connection, ending=Q(integration=integration))
        authorization = (connection.account_id, connection.issued_to)
        if revocation.is_done and all(authorization):
            done.add(authorization)
        elif revocation.notice and not (revocation.is_refused and authorization in done):
            left.append((connection, revocation.notice))
    return left


def revoke_grant(connection: Connection, secret: Mapping[str, Any], *, account_id: str) -> Revocation:
    """Has the vendor end the authorization that these tokens of an account stand for, as far as it can be reached."""
    try:
        is_done = _ended(connection, secret, account_id)
    except (VendorError, HubError) as error:
        message = f"The vendor did not confirm it ({error.message}); end the authorization there"
        return Revocation(False, message, is_refused=_is_refusal(error))
    if is_done:
        return Revocation(True, "The vendor has ended the authorization")
    return Revocation(False, "The vendor has no way to end an authorization from here; end it there")


def is_in_use(connection: Connection, account_id: str, *, issued_to: str, but_for: Q | None = None) -> bool:
    """Whether the hub works with the account by the same authorization, in any tenant: as the same OAuth client.

    `issued_to` is the client's id, empty where it is not known. An account that is not known may be the connection's
    own. `but_for` are connections that do not count.
    """
    if not account_id:
        return _working().filter(pk=connection.pk).exists()
    # The query is made inside: it is narrowed to the scope in which it is made.
    with scope.all_tenants():
        others = _working().exclude(but_for) if but_for else _working()
        of_provider = others.filter(integration__provider_id=connection.integration.provider_id)
        return of_provider.filter(_by_its_client(connection, issued_to), account_id=account_id).exists()


def _by_its_client(connection: Connection, issued_to: str) -> Q:
    """Connections that the vendor may know by the same OAuth client; each may be, of which it is not known.

    The client that asks the vendor may have changed since: what it has itself may end instead.
    """
    return Q(issued_to__in=("", issued_to, _asking(connection))) if issued_to else Q()


def _asking(connection: Connection) -> str:
    """The id of the client that would ask the vendor; empty where there is none that could."""
    try:
        return client_of(connection.integration).client_id
    except HubError:
        return ""


def _is_refusal(error: VendorError | HubError) -> bool:
    """Whether the vendor itself said no, once and for all."""
    return isinstance(error, ProviderRejected) and error.status in _REFUSALS


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
