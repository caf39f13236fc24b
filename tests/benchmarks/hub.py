"""The hub, set up as in production, on databases and a Redis database that exist for one run."""

import io
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import django
import redis
from django.core.management import call_command
from django.db import connection

from integrations_site.embedded.supervisor import Program
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.programs import HOST, granian

BASE_URL = "https://hub.example.com"
# Requests are counted as ever, and none is refused.
_NO_LIMIT = 1_000_000_000
_REDIS_DATABASES = 16


@contextmanager
def empty_redis(url: str) -> Iterator[str]:
    """The URL of a Redis database of the same server that was empty, and is again after the block.

    Raises BenchmarkError where every one holds something.
    """
    for number in reversed(range(_REDIS_DATABASES)):
        candidate = _numbered(url, number)
        with redis.Redis.from_url(candidate) as client:
            if not client.dbsize():
                try:
                    yield candidate
                finally:
                    client.flushdb()
                return
    raise BenchmarkError(f"Every one of the {_REDIS_DATABASES} databases of Redis holds something; empty one")


def set_up(*, database_url: str, redis_url: str, directory: Path) -> None:
    """Sets Django up with production's settings and makes the hub's tables in the database, which is empty."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="integrations_site.settings.production",
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        HUB_VAR_DIR=str(directory),
        HUB_BASE_URL=BASE_URL,
        ALLOWED_HOSTS=HOST,
        TRUSTED_PROXIES=HOST,
        SECRET_KEY=secrets.token_urlsafe(48),
        METRICS_TOKEN=secrets.token_urlsafe(48),
        ENCRYPTION_KEYS=f"bench={secrets.token_urlsafe(48)}",
        SIGNING_KEYS_DIR=str(directory / "keys"),
        RATE_LIMIT_LEDGER=str(_NO_LIMIT),
        OUTGOING_ALLOWED_HOSTS=HOST,
        LOG_FORMAT="json",
        LOG_LEVEL="WARNING",
    )
    (directory / "static").mkdir()
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("rotate_signing_key", stdout=io.StringIO())
    connection.close()


def work_on(url: str) -> None:
    """From here on this process works on another of the hub's databases."""
    connection.close()
    connection.settings_dict["NAME"] = urlsplit(url).path.lstrip("/")


def leave() -> None:
    """Ends this process's connection, so that its database can be dropped."""
    connection.close()


def web(port: int, database_url: str) -> Program:
    """The hub's web server on one of its databases."""
    command = granian(sys.executable, port, "integrations_site.wsgi:application")
    return Program("hub", command, {"DATABASE_URL": database_url, "LOG_LEVEL": "INFO"})


def _numbered(url: str, number: int) -> str:
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return parts._replace(path=f"/{number}").geturl()
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()} | {"db": str(number)}
    return f"unix://{parts.path}?{urlencode(query)}"
