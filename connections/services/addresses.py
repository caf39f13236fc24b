"""Where third parties are reached: at their real addresses, or all of them at one stand-in."""

import re
from urllib.parse import urlsplit

from django.conf import settings

# What an address may consist of (RFC 3986). Others are read differently by different parsers.
_SOUND = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


def reachable(url: str) -> str:
    """Where the hub, or a browser, gets what is at a third party's address.

    That is the address itself, or with VENDOR_STAND_IN `{stand-in}/{host}{path}`; one that leads to the stand-in
    already is left alone.
    """
    stand_in: str = settings.VENDOR_STAND_IN
    if not stand_in or _is_at_stand_in(url):
        return url
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{stand_in}/{parts.netloc}{parts.path}{query}"


def leads_home(url: str, base_url: str) -> bool:
    """Whether an absolute address is of the third party whose base address this is: same scheme, host and port."""
    if not _SOUND.fullmatch(url):
        return False
    try:
        return _home(url) == _home(base_url)
    except ValueError:
        return False


def _home(url: str) -> tuple[str, str, int | None, str]:
    """What tells third parties apart; at a stand-in the host stands first in the path."""
    found = reachable(url)
    parts = urlsplit(found)
    if "@" in parts.netloc:
        raise ValueError("An address with a user name in it leads nowhere")
    first = parts.path.split("/", 2)[1] if _is_at_stand_in(found) and parts.path else ""
    return parts.scheme, parts.hostname or "", parts.port, first


def _is_at_stand_in(url: str) -> bool:
    stand_in: str = settings.VENDOR_STAND_IN
    return bool(stand_in) and urlsplit(url)[:2] == urlsplit(stand_in)[:2]
