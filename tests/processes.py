"""The suite in several processes at once (pytest-xdist), which share the servers and nothing on them."""

import os
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

import execnet
import pytest

from integrations_site.embedded.places import VAR
from integrations_site.embedded.urls import DATABASE_VARIABLE, REDIS_VARIABLE, service_urls

# What the embedded servers have connections and Redis databases for.
MOST = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A process per core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: Sequence[execnet.XSpec]) -> None:
    """Each process, and what it starts, has a Redis database and a `var` of its own, as it has a test database."""
    urls = service_urls()
    for number, spec in enumerate(specs):
        spec.env |= {
            DATABASE_VARIABLE: urls.database_url,
            REDIS_VARIABLE: redis_database(urls.redis_url, number),
            "CELERY_BROKER_URL": "",
            "HUB_VAR_DIR": str(VAR / "tests" / str(number)),
        }


def redis_database(url: str, further: int) -> str:
    """The URL of the database that stands so many further on than the URL's own."""
    place, _, query = url.partition("?")
    options = dict(parse_qsl(query))
    if place.startswith("unix:") or "db" in options:
        return f"{place}?{urlencode(options | {'db': int(options.get('db', 0)) + further})}"
    parts = urlsplit(url)
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + further}").geturl()
