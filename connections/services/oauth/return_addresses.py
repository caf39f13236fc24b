"""Where vendors may lead back to, and browsers be sent: the hub's own address and those of ALLOWED_RETURN_URLS.

Anything else would hand codes to strangers (RFC 9700, section 4.1), or let the hub's name vouch for their pages.
"""

import re
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from connections.services.errors import AddressNotAllowedError

# Characters of RFC 3986 without @ (a user name) and \ [ ] ; what remains is read alike by every browser and parser.
_SOUND = re.compile(r"[A-Za-z0-9\-._~:/?!$&'()*+,;=%]+")
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000


def require_allowed(url: str, *, field: str) -> None:
    """Returns where the address stands at or below one that is allowed. Raises AddressNotAllowedError."""
    if not is_allowed(url):
        message = f"{field} must be an address that this hub leads to; an operator adds others to ALLOWED_RETURN_URLS"
        raise AddressNotAllowedError(
            message, details={"field": field, "message": message, "fields": {field: [message]}}
        )


def is_allowed(url: str) -> bool:
    """Whether the address stands at or below one that is allowed, by scheme, host, port and whole parts of the path."""
    parts = _parts(url)
    return parts is not None and any(
        _stands_below(parts, allowed) for allowed in map(_parts, settings.ALLOWED_RETURN_URLS) if allowed
    )


def _parts(url: str) -> SplitResult | None:
    """The parts of an address that can be read in one way only; None for others."""
    if len(url) > _LONGEST or not _SOUND.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_sound and not _climbs(parts.path) else None


def _climbs(path: str) -> bool:
    """Whether a part of the path, however it is encoded, leads upwards or is no plain name."""
    plain = path
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    return ".." in plain.split("/") or "\\" in plain or "//" in plain


def _stands_below(url: SplitResult, allowed: SplitResult) -> bool:
    if (url.scheme, url.hostname, url.port or _PORTS[url.scheme]) != (
        allowed.scheme,
        allowed.hostname,
        allowed.port or _PORTS[allowed.scheme],
    ):
        return False
    root = allowed.path.rstrip("/")
    return url.path == root or url.path.startswith(f"{root}/")
