"""Working as the owner of the tables: for migrations, and for nothing that serves a request.

The hub's connections assume the role `hub_app`, which owns nothing and cannot bypass row-level security. Where
`DATABASE_OWNER_URL` is set, the owner is another log-in altogether, and the hub's own log-in cannot become it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from integrations_site.tenancy import scope

APP_ROLE = "hub_app"


def _reconnect_with(alias: str, changes: dict[str, Any]) -> None:
    connection = connections[alias]
    connection.close()
    if connection.settings_dict["OPTIONS"].get("pool"):
        connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict.update(changes)


@contextmanager
def as_owner(alias: str = "default") -> Iterator[None]:
    """Inside the block the connection is the owner's and sees every tenant; it is closed at both ends."""
    connection = connections[alias]
    log_in = {key: settings.DATABASE_OWNER[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    before = {key: connection.settings_dict[key] for key in (*log_in, "OPTIONS")}
    owner_options = {key: value for key, value in before["OPTIONS"].items() if key not in ("assume_role", "pool")}
    _reconnect_with(alias, log_in | {"OPTIONS": owner_options})
    try:
        with scope.all_tenants():
            yield
    finally:
        _reconnect_with(alias, before)


class AsOwner(BaseCommand):
    """Mixin for a management command that runs, its checks included, on a connection of the owner."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with as_owner(options.get("database") or "default"):
            return super().execute(*args, **options)
