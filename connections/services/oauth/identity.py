"""Whose account a consent is for."""

from collections.abc import Mapping

from catalog.definition import AccountSource, ProviderDefinition
from catalog.services.providers import definition_of
from connections.models import Connection
from connections.sdk.accounts import Account
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.http import VendorHttp
from connections.sdk.paths import value_at
from connections.sdk.texts import filled
from connections.services.account_entries import claims_of, entry_of
from connections.services.errors import AccountChangedError
from connections.services.tokens.answers import Tokens
from connections.services.vendor_http import provider_http


def account_of(
    connection: Connection, tokens: Tokens, query: Mapping[str, str], *, takes_other: bool
) -> Account | None:
    """The account, as the definition says where to learn of it; None where it does not say.

    `takes_other` confirms that it may be another one than the connected. Raises VendorError where the vendor does not
    tell what it should, and AccountsSeveralError where the consent does not tell which of several accounts is meant.
    """
    definition = definition_of(connection.integration.provider)
    source = definition.oauth_config.account if definition.oauth_config else None
    http = provider_http(definition, tokens.as_secret(), settings=connection.integration.settings | connection.settings)
    if source is None:
        return _by_definition(definition, http)
    if source.from_ == "redirect":
        found = _of_redirect(source, query, tokens)
        return _account(definition, found, value_at(query, source.name_path) if source.name_path else "")
    body = tokens.answer if source.from_ == "token" else _called(source, http)
    if source.entries:
        token = tokens.as_secret().get("accessToken")
        connected = connection.account_id
        body = entry_of(source, source.entries, listed=body, token=token, connected=connected, takes_other=takes_other)
    return _account(definition, value_at(body, source.id_path or ""), _name(body, source.name_path))


def require_same_account(connection: Connection, account: Account | None, *, takes_other: bool) -> None:
    """Raises AccountChangedError where the connection is with another account and nobody confirmed the change."""
    if account is None or takes_other or connection.account_id in ("", account.id):
        return
    before, now = connection.account_name or connection.account_id, account.name or account.id
    raise AccountChangedError(
        f"This connection is with the account {before}, and the consent was given for {now}. Log in at the vendor with "
        "the account that is connected, or confirm the change when you start again",
        details={"connection": connection.public_id, "connected": connection.account_id, "offered": account.id},
    )


def _of_redirect(source: AccountSource, query: Mapping[str, str], tokens: Tokens) -> object:
    """The id that the redirect told; where the definition knows a claim, that of the `id_token`, which nobody between
    can have changed, and which the redirect must not contradict.
    """
    told: object = query.get(source.parameter or "")
    if source.claim is None:
        return told
    # It came from the token endpoint itself, so its signature need not be verified (OpenID Connect 3.1.3.7, 6.)
    claimed = claims_of(value_at(tokens.answer, "id_token")).get(source.claim)
    if told and claimed and str(told) != str(claimed):
        raise AnswerUnreadable("The vendor led back with another account than the consent was given for; start again")
    return claimed


def _called(source: AccountSource, http: VendorHttp) -> object:
    call = source.call
    return http.request(call.method, call.path).json() if call else None


def _by_definition(definition: ProviderDefinition, http: VendorHttp) -> Account | None:
    call = definition.connection.account if definition.connection else None
    if call is None or call.id_path is None:
        return None
    body = http.request(call.method, call.path, query=filled(http, call.query)).json()
    return _account(definition, value_at(body, call.id_path), _name(body, call.name_path))


def _account(definition: ProviderDefinition, account_id: object, name: object) -> Account:
    if account_id is None:
        raise AnswerUnreadable(f"{definition.display_name} did not say whose account it is; try again")
    return Account.told(account_id, name)


def _name(body: object, path: str | None) -> object:
    return value_at(body, path) if path else ""
