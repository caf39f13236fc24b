"""Accounts of which one token opens several: which of them a consent was for, and taking one of them away again."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from catalog.definition.oauth import AccountEntries, AccountSource
from connections.sdk.decoding import UNREADABLE
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.http import VendorHttp
from connections.sdk.paths import value_at
from connections.services.errors import AccountsSeveralError


def entry_of(source: AccountSource, entries: AccountEntries, *, listed: object, token: object, connected: str) -> Any:
    """The entry that the consent was for, by the access token; it came from the token endpoint itself, so its signature
    need not be verified.

    Where the consent opened none, as the person had opened the account before, and where it opened several, it is the
    `connected` account, or the only one. Raises AnswerUnreadable, and AccountsSeveralError where that leaves several.
    """
    found = listed if isinstance(listed, list) else []
    event = claims_of(token).get(entries.claim)
    if not event:
        raise AnswerUnreadable("The vendor did not say which consent its access comes from; start again")
    opened = [each for each in found if value_at(each, entries.match_path) == event] or found
    own = [each for each in opened if connected and str(value_at(each, source.id_path or "")) == connected]
    if len(own or opened) > 1:
        raise AccountsSeveralError([str(value_at(each, source.name_path or "") or "") for each in opened])
    return next(iter(own or opened), None)


def end_entry(source: AccountSource, entries: AccountEntries, http: VendorHttp, *, account_id: str) -> bool:
    """Has the vendor take this account away from the app; False where that cannot be said. Raises VendorError."""
    if not (account_id and entries.end_path and source.call):
        return False
    listed = http.request(source.call.method, source.call.path).json()
    for each in listed if isinstance(listed, list) else []:
        link = value_at(each, entries.link_path or "")
        if str(value_at(each, source.id_path or "")) == account_id and link:
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
