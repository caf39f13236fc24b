"""What an account's owner granted: tokens, and whose account they are for."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from connections.models import Connection, OAuthAttempt
from connections.sdk.connector import Account
from connections.sdk.errors import CredentialError, VendorError
from connections.services.errors import ConsentDeniedError, as_hub_error
from connections.services.oauth.attempts import verifier_of
from connections.services.oauth.identity import account_of
from connections.services.tokens.endpoint import token_endpoint
from integrations_site.kernel.redaction import redact

_LONGEST_ERROR = 500
_DENIED = {"access_denied", "user_denied", "consent_required", "user_cancelled_authorize", "user_cancelled_login"}


class Grant(msgspec.Struct, frozen=True):
    """Tokens in the form in which they are kept; `scopes` is None where the vendor did not say, `account` likewise."""

    secret: dict[str, Any]
    scopes: tuple[str, ...] | None
    expires_at: dt.datetime | None
    account: Account | None

    def __repr__(self) -> str:
        return f"Grant({self.account})"


def exchange(connection: Connection, attempt: OAuthAttempt, query: Mapping[str, str]) -> Grant:
    """The grant behind what the vendor led back with. Called outside any transaction; a code serves once.

    Raises ConsentDeniedError, and what the vendor's errors are to callers.
    """
    code = _code(connection, query)
    try:
        tokens = token_endpoint(connection).exchange_code(
            code, redirect_uri=attempt.redirect_uri, verifier=verifier_of(attempt)
        )
        account = account_of(connection, tokens, query)
    except CredentialError as error:
        raise ConsentDeniedError(f"{error.message}; start the consent again", code="OAUTH_CODE_REFUSED") from None
    except VendorError as error:
        raise as_hub_error(error) from None
    return Grant(tokens.as_secret(), tokens.scopes, tokens.expires_at, account)


def _code(connection: Connection, query: Mapping[str, str]) -> str:
    """The authorization code. Raises ConsentDeniedError where the vendor sent an error instead."""
    vendor, error = connection.integration.provider.display_name, query.get("error", "")
    if error in _DENIED:
        raise ConsentDeniedError(f"The consent was not given at {vendor}; nothing was connected")
    if error or not query.get("code"):
        told = redact(query.get("error_description") or error or "no code came back")[:_LONGEST_ERROR]
        told = told.replace("\x00", "\ufffd")  # anybody can write anything into an address
        raise ConsentDeniedError(f"{vendor} ended the consent with an error: {told}", code="OAUTH_VENDOR_ERROR")
    return query["code"]
