"""Access to the account of a connection: the credential as it is now, renewed before it ends or when it is refused."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connections.models import Connection
from connections.sdk.errors import CredentialError, ProviderUnavailable, VendorError
from connections.services.errors import NotConnectedError, ReconnectNeededError, as_hub_error
from connections.services.lost_access import note_refusal
from connections.services.secrets import read_secret
from connections.services.tokens.endpoint import token_endpoint
from connections.services.tokens.renewal import is_due, is_over, renew
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError, TransientError


class ConnectionAccess:
    """The credential of one connection for one piece of work: read once, and again when it was renewed."""

    def __init__(self, connection: Connection, *, purpose: str) -> None:
        self._connection, self._purpose = connection, purpose
        self._secret: Mapping[str, Any] | None = None
        self._renewal_began: dt.datetime | None = None

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
        self._renewal_began = clock.now()
        self._secret = _renewed(self._connection, rejected)
        return self._secret

    def refused(self, rejected: Mapping[str, Any], error: CredentialError) -> None:
        """The vendor refused `rejected`, and nothing renews it: the connection waits to be connected again.

        Not where somebody else had renewed it some time before this call: that access may have ended since, and the
        next call renews it.
        """
        note_refusal(self._connection, rejected, error.message, since=self._renewal_began)

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
    """Has the vendor end the authorization, as far as it can be reached.

    Not called inside a transaction: it goes over the network. The credential is dropped by whoever cuts the link
    (`links.cut`), in the transaction that does so.
    """
    if connection.credential_kind != Connection.CredentialKind.OAUTH:
        return Revocation(False, "The vendor has no way to end this kind of credential; delete it there")
    try:
        secret = read_secret(connection, purpose="revocation")
        return revoke_grant(connection, secret, account_id=connection.account_id)
    except NotConnectedError:
        return Revocation(False, "There was no credential")
    except HubError as error:
        return Revocation(False, f"The credential cannot be read ({error.message}); end the authorization there")


def revoke_grant(connection: Connection, secret: Mapping[str, Any], *, account_id: str) -> Revocation:
    """Has the vendor end the authorization that these tokens of an account stand for, as far as it can be reached."""
    try:
        is_done = token_endpoint(connection).revoke(secret, account_id=account_id)
    except (VendorError, HubError) as error:
        return Revocation(False, f"The vendor did not confirm it ({error.message}); end the authorization there")
    if is_done:
        return Revocation(True, "The vendor has ended the authorization")
    return Revocation(False, "The vendor has no way to end an authorization from here; end it there")


def _read(connection: Connection, purpose: str) -> Mapping[str, Any]:
    try:
        return read_secret(connection, purpose=purpose)
    except HubError as error:
        raise _as_vendor_error(error) from None


def _renewed(connection: Connection, secret: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return renew(connection, unless=secret)
    except HubError as error:
        raise _as_vendor_error(error) from None


def _as_vendor_error(error: HubError) -> VendorError:
    """The error for code that knows VendorErrors only: what the hub itself lacks ends nobody's access."""
    if isinstance(error, NotConnectedError | ReconnectNeededError):
        return CredentialError(error.message, code=error.code)
    if isinstance(error, TransientError):
        return ProviderUnavailable(error.message, code=error.code)
    return ProviderUnavailable(f"Whoever runs the hub has to put this right: {error.message}", code=error.code)
