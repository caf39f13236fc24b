"""How long a body is, judged by its headers before a byte of it is read (RFC 9112, 6)."""

from django.conf import settings
from django.http import HttpRequest

from integrations_site.api.errors import MalformedError, TooLargeError
from integrations_site.kernel.errors import HubError

_WITH_FILES = ("/api/", "/admin/")
_MOST_ELSEWHERE = 1024 * 1024  # forms of pages and of OAuth
_MOST_DIGITS = 18


class LengthRequiredError(HubError):
    """The body comes in chunks, and the hub reads none whose length it does not know."""

    status, code = 411, "LENGTH_REQUIRED"


def refusal(request: HttpRequest) -> HubError | None:
    """Why the body is not read; None where it may be, or there is none.

    The server hands a chunked body on as an empty one, so it would be dropped without a word.
    """
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if "HTTP_TRANSFER_ENCODING" in request.META:
        if length:
            return MalformedError("A request has Content-Length or Transfer-Encoding, not both")
        return LengthRequiredError("Send the body whole, with Content-Length; chunks are not read")
    if not length:
        return None
    if not (length.isascii() and length.isdigit()):
        return MalformedError("Content-Length must be a number of bytes")
    most = settings.API_MAX_BODY_BYTES if request.path_info.startswith(_WITH_FILES) else _MOST_ELSEWHERE
    if len(length) > _MOST_DIGITS or int(length) > most:
        return TooLargeError(f"The body is larger than {most} bytes")
    return None
