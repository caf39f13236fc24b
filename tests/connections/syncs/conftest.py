"""A tenant's connection with a vendor on loopback."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from catalog.services.providers import create_provider
from connections.models import Connection, Integration, Record, SyncRun, SyncStep
from connections.services.connectors import connector_of
from connections.services.secrets import store_secret
from connections.services.syncs import request_sync, run_sync
from integrations_site.audit.types import HUB, Actor
from integrations_site.tenancy.models import Tenant
from tests.connections.sources import Source, provider_body, source

Connect = Callable[..., Connection]
CLERK = Actor("user-clerk", "clerk@example.com")


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Source]:
    """The vendor."""
    with source() as found:
        settings.VENDOR_STAND_IN = found.url
        yield found


@pytest.fixture
def connect(vendor: Source, in_tenant: Tenant) -> Connect:
    """Connects the tenant in scope with the vendor, which has these data types and is called so."""

    def connected(*entities: dict[str, Any], **calling: Any) -> Connection:
        provider = create_provider(data=provider_body(*entities, **calling), actor=HUB)
        integration = Integration.objects.create(
            provider=provider, name=provider.name, status=Integration.Status.CONNECTED
        )
        made = Connection.objects.create(
            integration=integration,
            credential_kind=Connection.CredentialKind.API_KEY,
            status=Connection.Status.ACTIVE,
        )
        store_secret(made, {"apiKey": "key"})
        return made

    return connected


def synced(connection: Connection, sync_type: str = "full", *data_types: str) -> SyncRun:
    """A run from its request to its end."""
    connection.refresh_from_db()
    run = request_sync(connection=connection, sync_type=sync_type, data_types=data_types, actor=CLERK)
    assert not run_sync(run.pk, connect=connector_of)
    run.refresh_from_db()
    return run


def step_of(run: SyncRun, entity: str = "payments") -> SyncStep:
    """The step of a data type."""
    return run.steps.get(entity=entity)


def fault_code(run: SyncRun) -> str:
    """Why the run did not end well."""
    assert run.error is not None
    return str(run.error["code"])


def live(connection: Connection) -> dict[str, Record]:
    """The connection's records that are not deleted, by their id at the vendor, which no two data types share."""
    rows = list(Record.objects.filter(connection=connection, deleted_at=None))
    found = {row.external_id: row for row in rows}
    assert len(found) == len(rows)
    return found
