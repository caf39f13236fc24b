"""`Idempotency-Key`: the same POST, sent again, gets the same answer and is not carried out again.

The whole request runs in one transaction together with the row that remembers its answer, so a process that is killed
leaves both or neither. A twin that arrives meanwhile waits for that row and then gets the stored answer. Refusals
(4xx) are remembered too, with whatever the request had changed undone; faults of the hub (5xx) are not. Answers may
hold secrets that are shown once, so their bodies are sealed at rest.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api import rendering
from integrations_site.api.models import IdempotencyKey
from integrations_site.api.retention import oldest
from integrations_site.kernel import clock, ids
from integrations_site.kernel.crypto import SecretBox, SecretUnreadableError
from integrations_site.kernel.errors import ConflictError, InvalidInputError
from integrations_site.tenancy import scope
from integrations_site.tenancy.tokens import Caller

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

# A key whose day is over counts as new, whether or not it was purged.
_CLAIM = """
    INSERT INTO api_idempotencykey AS known (id, tenant_id, caller, key, fingerprint, status, headers, body, created_at)
    VALUES (%(id)s, %(tenant)s, %(caller)s, %(key)s, %(fingerprint)s, 0, '{}', '', %(now)s)
    ON CONFLICT ON CONSTRAINT idempotency_key_once DO UPDATE
    SET id = excluded.id, fingerprint = excluded.fingerprint, status = 0, created_at = excluded.created_at
    WHERE known.created_at < %(oldest)s
    RETURNING id
"""


class KeyReusedError(ConflictError):
    """The key was used for another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class KeyInUseError(ConflictError):
    """The first request with this key is still under way, or its process ended before it had an answer."""

    code = "IDEMPOTENCY_KEY_IN_USE"


class AnswerUnreadableError(ConflictError):
    """The request was carried out, and its stored answer does not open any more."""

    code = "IDEMPOTENCY_ANSWER_UNREADABLE"


class _Undone(Exception):
    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def key_of(request: Request) -> str | None:
    """The request's key, or None. Raises InvalidInputError for one that is too long or not printable ASCII."""
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInputError(
            f"{HEADER} must be 1 to 255 printable ASCII characters without spaces", code="INVALID_IDEMPOTENCY_KEY"
        )
    return key


def run(
    request: Request, key: str, act: Callable[[], Response], refuse: Callable[[Exception], Response]
) -> HttpResponse:
    """The answer of `act`, or the one that was given before. `refuse` turns an exception of `act` into its answer.

    Raises KeyReusedError where the key was used for another request, and AnswerUnreadableError where the stored answer
    does not open.
    """
    caller = cast(Caller, request.user)
    with scope.within(caller.scope):
        try:
            with transaction.atomic():
                known = _claim(caller, key, fingerprint(request))
                return _first_time(known, act, refuse) if known.status == 0 else _replay(known)
        except _Undone as undone:
            return undone.response


def run_apart(
    request: Request, key: str, act: Callable[[], Response], refuse: Callable[[Exception], Response]
) -> HttpResponse:
    """As `run`, for what asks third parties: outside any transaction, so that nothing that they were told is forgotten.

    A twin that arrives meanwhile is refused. A process that is killed leaves its key in use: whether the request was
    carried out has to be looked at first. Raises as `run` does, and KeyInUseError.
    """
    caller = cast(Caller, request.user)
    with scope.within(caller.scope):
        with transaction.atomic():
            known, is_ours = _claimed(caller, key, fingerprint(request))
        if not is_ours and known.status == 0:
            raise KeyInUseError("A request with this Idempotency-Key is under way; look what it did before you go on")
        if not is_ours:
            return _replay(known)
        try:
            answer = _fixed(act())
        except Exception as error:
            answer = _fixed(refuse(error))
        if answer.status_code >= 500:
            known.delete()
        else:
            _remember(known, answer)
        return answer


def fingerprint(request: Request) -> str:
    """What makes two requests the same: method, address and body; a form's boundary does not count."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type.startswith("multipart/"):
        for name, values in sorted(cast("QueryDict", request.data).lists()):
            for value in values:
                _add_part(found, name, value)
    else:
        found.update(request._request.body)
    return found.hexdigest()


def _add_part(found: Any, name: str, value: Any) -> None:
    if hasattr(value, "chunks"):
        found.update(f"\n{name}={value.name}:{value.size}\n".encode())
        for chunk in value.chunks():
            found.update(chunk)
        value.seek(0)
    else:
        found.update(f"\n{name}={len(value)}:{value}".encode())


def _claim(caller: Caller, key: str, print_of_request: str) -> IdempotencyKey:
    """The key's row: ours to fill (status 0), or that of the request that came first, which has ended by now."""
    return _claimed(caller, key, print_of_request)[0]


def _claimed(caller: Caller, key: str, print_of_request: str) -> tuple[IdempotencyKey, bool]:
    """The key's row, and whether it is ours to fill. Raises KeyReusedError."""
    given = {
        "id": ids.new_id(),
        "tenant": caller.tenant_id,
        "caller": caller.id,
        "key": key,
        "fingerprint": print_of_request,
        "now": clock.now(),
        "oldest": oldest(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, given)
        is_ours = cursor.fetchone() is not None
    known = IdempotencyKey.objects.get(tenant=caller.tenant_id, caller=caller.id, key=key)
    if not is_ours and known.fingerprint != print_of_request:
        raise KeyReusedError("This Idempotency-Key was used for another request; send a new key with a new request")
    return known, is_ours


def _first_time(
    known: IdempotencyKey, act: Callable[[], Response], refuse: Callable[[Exception], Response]
) -> HttpResponse:
    try:
        with transaction.atomic():
            answer = _fixed(act())
    except Exception as error:
        answer = _fixed(refuse(error))
    if answer.status_code >= 500:
        raise _Undone(answer)
    _remember(known, answer)
    return answer


def _remember(known: IdempotencyKey, answer: HttpResponse) -> None:
    known.status = answer.status_code
    known.headers = dict(answer.headers.items())
    known.body = _sealed(known, answer.content)
    known.save(update_fields=["status", "headers", "body"])


def _fixed(response: Response | HttpResponse) -> HttpResponse:
    """The answer as bytes, as it is sent and stored alike."""
    if not isinstance(response, Response):
        return response
    fixed = HttpResponse(
        rendering.JSONRenderer().render(response.data),
        status=response.status_code,
        content_type=rendering.JSONRenderer.media_type,
    )
    for name, value in response.headers.items():
        if name != "Content-Type":
            fixed.headers[name] = value
    return fixed


def _replay(known: IdempotencyKey) -> HttpResponse:
    replay = HttpResponse(_opened(known), status=known.status)
    for name, value in known.headers.items():
        replay.headers[name] = value
    replay.headers[REPLAYED] = "true"
    return replay


def _sealed(known: IdempotencyKey, body: bytes) -> bytes:
    """The body as it is stored. Latin-1 has a character for every byte, so each body is a text in it."""
    return SecretBox(settings.ENCRYPTION_KEYS).seal(body.decode("latin-1"), owner=_owner(known)).encode()


def _opened(known: IdempotencyKey) -> bytes:
    try:
        sealed = bytes(known.body).decode("latin-1")
        return SecretBox(settings.ENCRYPTION_KEYS).open(sealed, owner=_owner(known)).encode("latin-1")
    except SecretUnreadableError:
        raise AnswerUnreadableError(
            "This request was carried out; its answer cannot be shown again. Read what it made, and do not repeat it"
        ) from None


def _owner(known: IdempotencyKey) -> str:
    return f"{known.tenant_id}:{known.caller}:{known.key}"
