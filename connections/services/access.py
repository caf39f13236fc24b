"""Access to the account of a connection: the credential as it is now, renewed before it ends or when it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connections.models import Connection
from connections.sdk.errors import CredentialError, ProviderUnavailable, VendorError
from connections.services.errors import NotConnectedError, ReconnectNeededError, as_hub_error
from connections.services.secrets import drop_secret, read_secret
from connections.services.tokens.endpoint import token_endpoint
from connections.services.tokens.locking import exclusively
from connections.services.tokens.renewal import is_due, is_over, renew
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError, TransientError


class ConnectionAccess:
    """The credential of one connection for one piece of work: read once, and again when it was renewed."""

    def __init__(self, connection: Connection, *, purpose: str) -> None:
        self._connection, self._purpose = connection, purpose
        self._secret: Mapping[str, Any] | None = None

    def secret(self) -> Mapping[str, Any]:
        """What to authenticate with, valid for a minute at least where that can be had. Raises VendorError."""
        if self._secret is None:
            self._secret = _read(self._connection, self._purpose)
        if is_due(self._secret):
            self._secret = self._before_it_ends(self._secret)
        return self._secret

    def renewed(self, rejected: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What to authenticate with after the vendor refused `rejected`; None where nothing renews it.

        Raises VendorError.
        """
        if not rejected.get("refreshToken"):
            return None
        self._secret = _renewed(self._connection, rejected)
        return self._secret

    def _before_it_ends(self, secret: Mapping[str, Any]) -> Mapping[str, Any]:
        """New access; while the present one still holds, a vendor that cannot renew it now stops nobody."""
        if not (secret.get("refreshToken") or is_over(secret)):
            return secret
        try:
            return _renewed(self._connection, secret)
        except CredentialError:
            raise
        except VendorError:
            if is_over(secret):
                raise
            return secret


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whether the vendor ended the authorization, and what to tell where it did not."""

    is_done: bool
    message: str


def refresh_access(*, connection: Connection, actor: Actor) -> Connection:
    """Renews access now, at somebody's wish; the connection as it is then.

    Raises NotConnectedError where nothing can be renewed, ReconnectNeededError, and other HubErrors that say whether to
    try again.
    """
    secret = read_secret(connection, purpose="renewal")
    if connection.status == Connection.Status.EXPIRED:
        raise ReconnectNeededError(connection.validation_error or "The account has to be connected again")
    if not secret.get("refreshToken"):
        raise NotConnectedError("This connection's access does not expire, or the vendor does not renew it")
    try:
        renew(connection, unless=secret, actor=actor)
    except VendorError as error:
        raise as_hub_error(error) from None
    connection.refresh_from_db()
    return connection


def revoke_access(*, connection: Connection) -> Revocation:
    """Has the vendor end the authorization, as far as it can, and forgets the credential in any case.

    Not called inside a transaction: it goes over the network. Raises SecretStoreUnavailableError.
    """
    with exclusively(connection):
        told = _revoked_at_vendor(connection)
        drop_secret(connection)
    return told


def _revoked_at_vendor(connection: Connection) -> Revocation:
    if connection.credential_kind != Connection.CredentialKind.OAUTH:
        return Revocation(False, "The vendor has no way to end this kind of credential; delete it there")
    try:
        secret = read_secret(connection, purpose="revocation")
        is_done = token_endpoint(connection).revoke(secret, account_id=connection.account_id)
    except NotConnectedError:
        return Revocation(False, "There was no credential")
    except (VendorError, HubError) as error:
        return Revocation(False, f"The vendor did not confirm it ({error.message}); end the authorization there")
    if is_done:
        return Revocation(True, "The vendor has ended the authorization")
    return Revocation(False, "The vendor has no way to end an authorization from here; end it there")


def _read(connection: Connection, purpose: str) -> Mapping[str, Any]:
    """The stored secret, for code that knows VendorErrors only."""
    try:
        return read_secret(connection, purpose=purpose)
    except NotConnectedError as error:
        raise CredentialError(error.message, code=error.code) from None
    except TransientError as error:
        raise ProviderUnavailable(error.message, code=error.code) from None


def _renewed(connection: Connection, secret: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return renew(connection, unless=secret)
    except TransientError as error:
        raise ProviderUnavailable(error.message, code=error.code) from None
    except HubError as error:
        raise CredentialError(error.message, code=error.code) from None
