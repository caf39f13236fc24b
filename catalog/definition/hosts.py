"""Which part of an address somebody else may choose: whoever chooses the host is sent what the hub proves itself with.

A placeholder stands for one label, or a part of one, below a domain that is written out: the vendor's own
(`https://{settings.shop}.myshopify.com`). For a whole host (`https://{credential.host}`) only a field of a credential
may stand that people type in: it comes from the person whose secret is sent there, in the same form.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}", re.IGNORECASE)
# Registries sell names below these in many countries: `co.uk`, `com.au`.
_SOLD_BELOW = {"ac", "co", "com", "edu", "go", "gob", "gov", "ltd", "me", "ne", "net", "nom", "or", "org", "plc", "sch"}
_COUNTRY = 2


@lru_cache(maxsize=1024)
def whole_host(url: str) -> str | None:
    """The placeholder that stands for the whole host (a port may follow); None where there is none."""
    found = re.fullmatch(r"\{([^{}]*)\}(:[0-9]{1,5})?", _netloc(url))
    return found[1] if found else None


@lru_cache(maxsize=1024)
def misplaced(url: str, *, takes_host: bool) -> str:
    """Why a placeholder must not stand where it stands in this address; nothing where all is well.

    `takes_host`: a field of a typed credential may be the whole host.
    """
    scheme, separator, _ = url.partition("://")
    if not url.startswith("/") and PLACEHOLDER.search(scheme):
        return "A placeholder cannot stand for the scheme; the address begins with https://."
    netloc = _netloc(url)
    if not separator or not PLACEHOLDER.search(netloc):
        return ""
    if (name := whole_host(url)) is not None:
        return "" if takes_host and name.startswith("credential.") else _WHOLE
    fixed = netloc[netloc.rindex("}") + 1 :]
    fixed, _, port = fixed.partition(":")
    if PLACEHOLDER.search(port) or PLACEHOLDER.search(netloc.partition(":")[2]):
        return "A placeholder cannot stand for the port."
    return "" if fixed.startswith(".") and _is_somebodys(fixed.strip(".")) else _SUFFIX


_WHOLE = (
    "A placeholder cannot stand for the whole host: whoever sets it would be sent the secret. Write out the provider's "
    "domain behind it, such as https://{settings.shop}.example.com. Only the baseUrl of a provider without OAuth may "
    "be at a host that is typed in with the credential."
)
_SUFFIX = (
    "Behind the last placeholder of the host the provider's domain must be written out, beginning with a dot and with "
    "two labels at least, such as {settings.shop}.example.com."
)


def _netloc(url: str) -> str:
    """Host and port; nothing where it is no address, which is refused elsewhere."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _is_somebodys(domain: str) -> bool:
    """Whether the domain looks like one that somebody registered, and not like one below which anybody may."""
    labels = domain.lower().split(".")
    if len(labels) < 2 or not all(labels) or not _TOP_LEVEL.fullmatch(labels[-1]):
        return False
    is_sold = len(labels) == 2 and len(labels[-1]) == _COUNTRY and labels[0] in _SOLD_BELOW
    return not is_sold
