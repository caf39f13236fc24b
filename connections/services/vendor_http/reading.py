"""What an answer is: a good one, or an error of which kind."""

from collections.abc import Callable
from functools import partial
from typing import Any

from catalog.definition import Connection, ProviderDefinition
from connections.sdk.decoding import mended, read_leniently
from connections.sdk.errors import (
    AnswerUnreadable,
    CredentialError,
    ProviderRejected,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.sdk.http import VendorResponse
from connections.sdk.paths import value_at
from connections.sdk.soap import fault_in
from connections.services.redacting import InUse
from connections.services.retry_after import seconds_told, within_a_day
from integrations_site.kernel.http import Response

_LONGEST_MESSAGE, _LONGEST_CODE = 300, 100
_YES_NO = {"true": True, "false": False}
_NOT_MODIFIED, _TOO_MANY, _BUSY = 304, 429, 503
_BY_STATUS = {401: "credential", 403: "rejected", _TOO_MANY: "rate_limited", 408: "unavailable", 425: "unavailable"}
_SERVER_ERRORS = 500
_SAID = {
    "credential": "does not accept the credential",
    "forbidden": "does not let the account do this",
    "rejected": "refused the request",
    "rate_limited": "limits how often it is called",
    "unavailable": "cannot serve at the moment",
}


def read(answer: Response, definition: ProviderDefinition, connection: Connection, secrets: InUse) -> VendorResponse:
    """A good answer (2xx, or 304 to a question for news). Raises VendorError as the definition's rules say.

    What the error repeats of the answer is without the secrets that the request was made with.

    The first rule that fits status and code decides, then the status; an answer whose `okPath` is not true, or that has
    something at `codePath`, is an error whatever its status.
    """
    if answer.truncated:
        message = (
            f"{definition.display_name} sent more than the hub reads at once; where a page's size can be set, lower it"
        )
        raise AnswerUnreadable(message, code="ANSWER_TOO_LONG", status=answer.status)
    if fault := fault_in(answer.body, vendor=definition.display_name, without_secrets=secrets.without):
        raise fault
    text = mended(answer.body)
    is_good = 200 <= answer.status < 300 or answer.status == _NOT_MODIFIED
    if is_good and not _may_be_an_error(text, connection):
        return VendorResponse(answer.status, answer.headers, text)
    body = read_leniently(text)
    if is_good and body is None:
        raise AnswerUnreadable(f"{definition.display_name}'s answer is not JSON", status=answer.status)
    code = _text_at(body, connection.errors.code_path)
    if is_good and _is_well(body, code, connection):
        return VendorResponse(answer.status, answer.headers, text)
    kind, code = _meaning(answer.status, code, body, connection)
    told = secrets.without(_text_at(body, connection.errors.message_path) or code)[:_LONGEST_MESSAGE]
    message = f"{definition.display_name} {_SAID[kind]}{f': {told}' if told else f' (HTTP {answer.status})'}"
    raise _error(answer, connection, kind, message, secrets.without(code)[:_LONGEST_CODE])


def retry_after(answer: Response, connection: Connection) -> float | None:
    """In how many seconds the vendor wants to be asked again (RFC 9110, section 10.2.3), a day at most.

    Where it does not say: what the definition knows of the limit that it names.
    """
    seconds = seconds_told(answer.headers.get(connection.retry_after.header.lower(), "").strip())
    if seconds is None:
        return within_a_day(float(connection.retry_after.limits.get(_limit(answer, connection), "nan")))
    return seconds


def _limit(answer: Response, connection: Connection) -> str:
    """The vendor's word for the limit that was hit; only one that the definition knows is repeated."""
    header = connection.retry_after.limit_header
    word = answer.headers.get(header.lower(), "").strip().lower() if header else ""
    return word if word in connection.retry_after.limits else ""


def _may_be_an_error(body: bytes, connection: Connection) -> bool:
    """Whether a good status is worth reading the body for: reading pages twice costs."""
    errors = connection.errors
    if errors.ok_path:
        return True
    return bool(errors.code_path) and f'"{(errors.code_path or "").partition(".")[0]}"'.encode() in body


def _is_well(body: Any, code: str, connection: Connection) -> bool:
    if connection.errors.ok_path:
        return value_at(body, connection.errors.ok_path) is True
    return not code


def _error(answer: Response, connection: Connection, kind: str, message: str, code: str) -> VendorError:
    """The error of that kind, with what the answer's headers say about another try."""
    seconds = retry_after(answer, connection)
    if kind == "rate_limited" or (answer.status == _BUSY and seconds is not None):
        limit = _limit(answer, connection)
        error: VendorError = RateLimited(message, retry_after=seconds, code=code, limit=limit)
    else:
        error = _TYPES[kind](message, code=code, status=answer.status)
    header = connection.errors.retry_header
    error.told_to_retry = _YES_NO.get(answer.headers.get(header.lower(), "").strip().lower()) if header else None
    return error


_TYPES: dict[str, Callable[..., VendorError]] = {
    "credential": CredentialError,
    "forbidden": partial(CredentialError, is_good_otherwise=True),
    "rejected": ProviderRejected,
    "unavailable": ProviderUnavailable,
}


def _meaning(status: int, code: str, body: Any, connection: Connection) -> tuple[str, str]:
    """Of which kind an error is, and the code by which that is known."""
    for rule in connection.errors.rules:
        told = _text_at(body, rule.code_path) if rule.code_path else code
        if rule.status in (None, status) and rule.code in (None, told):
            return rule.kind, told
    return _BY_STATUS.get(status) or ("unavailable" if status >= _SERVER_ERRORS else "rejected"), code


def _text_at(body: Any, path: str | None) -> str:
    found = value_at(body, path) if path else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
