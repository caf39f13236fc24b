"""docs/api.md names every event and every error that a caller may meet."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import catalog.services
import connections.services
from integrations_site.kernel.errors import HubError
from notifications.sdk.catalog import EventType

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
# What providers get for their webhooks is a status alone; the last is told in the admin.
WITHOUT_BODY = {"NO_WEBHOOKS", "WEBHOOK_REFUSED", "WEBHOOK_SECRET_MISSING", "WEBHOOK_NOT_FAILED"}


def errors(kind: type[HubError] = HubError) -> Iterator[type[HubError]]:
    """Every kind of error below this one."""
    for each in kind.__subclasses__():
        yield each
        yield from errors(each)


def test_every_event_is_documented() -> None:
    assert [event.value for event in EventType if f"`{event.value}`" not in TEXT] == []


def test_every_error_of_catalog_and_connections_is_documented() -> None:
    for package in (catalog.services, connections.services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    codes = {each.code for each in errors() if each.__module__.startswith(("catalog.", "connections."))}
    assert {code for code in codes if f"`{code}`" not in TEXT} == WITHOUT_BODY
