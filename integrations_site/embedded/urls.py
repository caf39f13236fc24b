"""The addresses of the database and of Redis, for settings and for everyone else. Needs neither Django nor a server."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from integrations_site.embedded.places import REDIS_SOCKET, VAR, Places, locate

DATABASE_VARIABLE = "DATABASE_URL"
REDIS_VARIABLE = "REDIS_URL"
DATABASE = "hub"
OWNER = "hub_owner"


class Endpoints(NamedTuple):
    """Where the hub finds its database and its Redis."""

    database_url: str
    redis_url: str


def service_urls(environ: Mapping[str, str] = os.environ, *, var: Path = VAR) -> Endpoints:
    """The addresses the environment names; for what it leaves out, those of the clone's embedded servers.

    Starts nothing and creates nothing: the embedded addresses are the same whether the servers run or not.
    """
    database_url, redis_url = environ.get(DATABASE_VARIABLE, ""), environ.get(REDIS_VARIABLE, "")
    if database_url and redis_url:
        return Endpoints(database_url, redis_url)
    embedded = embedded_urls(locate(var))
    return Endpoints(database_url or embedded.database_url, redis_url or embedded.redis_url)


def embedded_urls(places: Places) -> Endpoints:
    """The addresses of the servers that live in these places."""
    return Endpoints(
        database_url=f"postgresql://{OWNER}@/{DATABASE}?host={quote(str(places.sockets))}",
        redis_url=f"unix://{quote(str(places.sockets / REDIS_SOCKET))}?db=0",
    )
