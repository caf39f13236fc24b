"""Reading settings from the environment; a wrong value names its variable."""

import os
import re
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from integrations_site.embedded import places

ROOT, VAR = places.PROJECT_ROOT, places.VAR

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]+")


def text(name: str, default: str = "") -> str:
    """The variable's value, or `default`."""
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """A yes or no. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, str(default)).strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}")


def number(name: str, default: int, *, least: int = 1) -> int:
    """A whole number of at least `least`. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, "").strip() or str(default)
    found = int(value) if _WHOLE.fullmatch(value) else None
    if found is None or found < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} up, not {value!r}")
    return found


def choice(name: str, allowed: Collection[str], default: str) -> str:
    """One of a few words. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, "").strip() or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(sorted(allowed))}, not {value!r}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def keyed(name: str, default: str = "") -> dict[str, str]:
    """`id=value` pairs separated by commas, in their order: one at least, and every id once.

    Raises ImproperlyConfigured for anything else, and never tells the values.
    """
    pairs = [word.partition("=") for word in words(name, default)]
    if not pairs or not all(_KEY_ID.fullmatch(key) and value for key, _, value in pairs):
        raise ImproperlyConfigured(
            f"{name} must be id=value pairs separated by commas; an id has letters, digits, '_', '.' and '-'"
        )
    found = {key: value for key, _, value in pairs}
    if len(found) < len(pairs):
        raise ImproperlyConfigured(f"{name} has two values of one id; the second would take the place of the first")
    return found


def address(name: str, url: str, schemes: Collection[str]) -> SplitResult:
    """The parts of a URL with one of the schemes and a port that exists, if any. Raises ImproperlyConfigured."""
    try:
        parts = urlsplit(url)
        is_sound = parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound:
        raise ImproperlyConfigured(f"{name} is no URL: its host or its port makes no sense")
    if parts.scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return parts


def database(name: str, url: str) -> dict[str, str]:
    """Django's connection parameters of a `postgresql://` URL; `?host=` may name the directory of a Unix socket."""
    parts = address(name, url, ("postgresql", "postgres"))
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        # Said always, so that a PGPORT of the surroundings cannot lead elsewhere.
        "PORT": str(parts.port or 5432),
    }
