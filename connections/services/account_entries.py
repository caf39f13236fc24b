"""Accounts of which one token opens several: which of them a consent was for, and taking one of them away again."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from catalog.definition.oauth import AccountEntries, AccountSource
from connections.sdk.decoding import UNREADABLE
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.http import VendorHttp
from connections.sdk.paths import value_at
from connections.services.errors import AccountsOpenBeforeError, AccountsSeveralError


def entry_of(
    source: AccountSource, entries: AccountEntries, *, listed: object, token: object, connected: str, takes_other: bool
) -> Any:
    """The entry that the consent was for, by the access token; None where there is none.

    Where the consent opened none, as the person had opened the account before, and where it opened several, it is the
    `connected` account, or with `takes_other` another one; else the only one. Raises AnswerUnreadable,
    AccountsSeveralError where this consent opened several, and AccountsOpenBeforeError where earlier ones did.
    """
    found = listed if isinstance(listed, list) else []
    opened = _opened(entries, found, token)
    others, own = list[Any](), list[Any]()
    for each in opened or found:
        (own if connected and _id_of(source, each) == connected else others).append(each)
    chosen = (others or own) if takes_other else (own or others)
    if len(chosen) > 1:
        error = AccountsSeveralError if opened else AccountsOpenBeforeError
        raise error([str(value_at(each, source.name_path or "") or "") for each in chosen])
    return next(iter(chosen), None)


def end_entry(source: AccountSource, entries: AccountEntries, http: VendorHttp, *, account_id: str) -> bool:
    """Has the vendor take this account away from the app, unless it is gone; False where that cannot be done.

    Raises VendorError.
    """
    if not (account_id and entries.end_path and source.call):
        return False
    listed = _listed(source, http)
    ended = [_end(entries, http, each) for each in listed if _id_of(source, each) == account_id]
    return all(ended)


def end_opened(
    source: AccountSource, entries: AccountEntries, http: VendorHttp, *, token: object, is_in_use: Callable[[str], bool]
) -> bool:
    """Has the vendor take away the accounts that the token's consent opened, but for those in use, by their ids.

    False where that cannot be done with all of them. Raises VendorError.
    """
    opened = _opened(entries, _listed(source, http), token)
    ended = [_end(entries, http, each) for each in opened if not is_in_use(_id_of(source, each))]
    return all(ended)


def _listed(source: AccountSource, http: VendorHttp) -> list[Any]:
    listed = http.request(source.call.method, source.call.path).json() if source.call else None
    if not isinstance(listed, list):
        raise AnswerUnreadable("The vendor did not list the accounts that are open to the app")
    return listed


def _opened(entries: AccountEntries, listed: Sequence[Any], token: object) -> list[Any]:
    """The entries that the token's consent opened.

    The token came from the vendor itself, so its signature need not be verified. Raises AnswerUnreadable.
    """
    event = claims_of(token).get(entries.claim)
    if not event:
        raise AnswerUnreadable("The vendor did not say which consent its access comes from; start again")
    return [each for each in listed if value_at(each, entries.match_path) == event]


def _id_of(source: AccountSource, entry: object) -> str:
    found = value_at(entry, source.id_path or "")
    return "" if found is None else str(found)


def _end(entries: AccountEntries, http: VendorHttp, entry: object) -> bool:
    """Whether the entry said how it is ended, and was."""
    link = value_at(entry, entries.link_path) if entries.link_path else None
    if not (link and entries.end_path):
        return False
    http.request("DELETE", entries.end_path.replace("{link}", quote(str(link), safe="")))
    return True


def claims_of(token: object) -> Mapping[str, object]:
    """What a JWT says; nothing where it is none."""
    payload = token.split(".")[1] if isinstance(token, str) and token.count(".") == 2 else ""
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, *UNREADABLE):
        return {}
    return claims if isinstance(claims, dict) else {}
