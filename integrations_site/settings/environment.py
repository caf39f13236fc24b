"""Reading settings from the environment; a wrong value names its variable."""

import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("HUB_VAR_DIR", ROOT / "var"))

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


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


def number(name: str, default: int) -> int:
    """A whole number. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, "").strip() or str(default)
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


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
    """`id=value` pairs separated by commas, in their order. Raises ImproperlyConfigured for anything else."""
    pairs = [word.partition("=") for word in words(name, default)]
    if not all(key and value for key, _, value in pairs):
        raise ImproperlyConfigured(f"{name} must be id=value pairs separated by commas")
    return {key: value for key, _, value in pairs}


def database(name: str, url: str) -> dict[str, str]:
    """Django's connection parameters of a `postgresql://` URL; `?host=` may name the directory of a Unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must start with postgresql://")
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        # Said always, so that a PGPORT of the surroundings cannot lead elsewhere.
        "PORT": str(parts.port or 5432),
    }
