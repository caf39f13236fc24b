"""What an account's owner granted: tokens, and whose account they are for."""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import msgspec
from django.db import DatabaseError

from catalog.definition.oauth import AccountEntries, AccountSource
from catalog.services.providers import definition_of
from connections.models import Connection, OAuthAttempt
from connections.sdk.accounts import Account
from connections.sdk.errors import CredentialError, VendorError
from connections.services.account_entries import end_opened
from connections.services.admission import require_admitted
from connections.services.errors import ConsentDeniedError, as_hub_error
from connections.services.oauth.attempts import verifier_of
from connections.services.oauth.identity import account_of
from connections.services.revocation import is_in_use, revoke_grant
from connections.services.tokens.endpoint import token_endpoint
from connections.services.vendor_http import provider_http
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.kernel.redaction import redact

_logger = logging.getLogger(__name__)
_LONGEST_ERROR = 500
_DENIED = {"access_denied", "user_denied", "consent_required", "user_cancelled_authorize", "user_cancelled_login"}


class Grant(msgspec.Struct, frozen=True):
    """Tokens in the form in which they are kept; `scopes` is None where the vendor did not say, `account` likewise.

    `issued_to` is the id of the OAuth client that they were issued to.
    """

    secret: dict[str, Any]
    scopes: tuple[str, ...] | None
    expires_at: dt.datetime | None
    account: Account | None
    issued_to: str = ""  # not among what an earlier release holds

    def __repr__(self) -> str:
        return f"Grant({self.account})"


def exchange(connection: Connection, attempt: OAuthAttempt, query: Mapping[str, str], actor: Actor) -> Grant:
    """The grant behind what the vendor led back with. Called outside any transaction; a code serves once.

    Nothing is exchanged for an actor who may not connect (any more). Raises ConsentDeniedError, what
    `require_admitted` raises, and what the vendor's errors are to callers.
    """
    code = _code(connection, query)
    require_admitted(connection, actor.id)
    try:
        endpoint = token_endpoint(connection)
        tokens = endpoint.exchange_code(code, redirect_uri=attempt.redirect_uri, verifier=verifier_of(attempt))
        client = endpoint.client.client_id
        grant = Grant(tokens.as_secret(), tokens.scopes, tokens.expires_at, account=None, issued_to=client)
        with handing_back(connection, grant):
            account = account_of(connection, tokens, query, takes_other=attempt.takes_other_account)
            return msgspec.structs.replace(grant, account=account)
    except CredentialError as error:
        raise ConsentDeniedError(f"{error.message}; start the consent again", code="OAUTH_CODE_REFUSED") from None
    except VendorError as error:
        raise as_hub_error(error) from None


@contextmanager
def handing_back(connection: Connection, grant: Grant) -> Iterator[None]:
    """What was granted is handed back where the block, which was to keep it, raises anything.

    Not entered inside a transaction: it goes over the network.
    """
    try:
        yield
    except Exception:
        hand_back(connection, grant)
        raise


def hand_back(connection: Connection, grant: Grant) -> None:
    """Has the vendor end what was granted, as far as it can be reached.

    Not where the account is connected, here or elsewhere: many vendors know one authorization for an account and an
    app, and would end that. Where a token opens several accounts and which one was meant is not known, those that this
    consent opened are ended.
    """
    account_id = grant.account.id if grant.account else ""
    config = definition_of(connection.integration.provider).oauth_config
    source = config.account if config else None
    try:
        if source and source.entries and not account_id:
            message = _hand_back_opened(connection, grant, source, source.entries)
        elif is_in_use(connection, account_id, issued_to=grant.issued_to):
            return
        else:
            message = revoke_grant(connection, grant.secret, account_id=account_id).message
    except DatabaseError:
        _logger.warning("A grant is not handed back: whether its account is in use is not known", exc_info=True)
        return
    _logger.info("A grant for %s was not kept. %s", connection.public_id, message)


def _hand_back_opened(connection: Connection, grant: Grant, source: AccountSource, entries: AccountEntries) -> str:
    """What became of the accounts that the grant's consent opened."""
    definition = definition_of(connection.integration.provider)
    http = provider_http(definition, grant.secret, settings=connection.integration.settings | connection.settings)
    token, in_use = grant.secret.get("accessToken"), partial(is_in_use, connection, issued_to=grant.issued_to)
    try:
        is_done = end_opened(source, entries, http, token=token, is_in_use=in_use)
    except (VendorError, HubError) as error:
        return f"The vendor did not take away the accounts that it opened ({error.message})"
    if is_done:
        return "The vendor has taken away the accounts that it opened, but for those in use"
    return "The vendor has no way to take away all accounts that it opened"


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
