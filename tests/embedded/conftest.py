"""Servers of the tests' own; the project's are left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.urls import service_urls

from .clones import make_clone, remove_clone


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """The ``var`` of a clone whose servers keep their data for all tests of the module."""
    top, var = make_clone()
    yield var
    remove_clone(top, var)


@pytest.fixture
def servers(var: Path) -> Iterator[EmbeddedServers]:
    """The clone's servers, running."""
    servers = EmbeddedServers(var)
    servers.ensure_running()
    yield servers
    servers.release()


@pytest.fixture
def client(var: Path, servers: EmbeddedServers) -> Iterator[redis.Redis]:
    """A client of the clone's Valkey, running."""
    with redis.Redis.from_url(service_urls({}, var=var).redis_url) as client:
        yield client
