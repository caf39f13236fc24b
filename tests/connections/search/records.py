"""Integrations with records, as syncs leave them."""

import datetime as dt
import itertools
import json
from typing import Any

from django.db import connection as database

from catalog.models import Provider
from catalog.services.providers import definition_of
from connections.models import Connection, EntityState, Integration, Record
from integrations_site.kernel import clock
from tests.connections.world import make_integration, make_key_provider

UNREACHABLE = "http://127.0.0.1:9"
_numbers = itertools.count(1)


def entity(name: str, **more: Any) -> dict[str, Any]:
    """A data type with a name, a note, an amount, a status and a moment."""
    fields = {"id": "text", "name": "text", "note": "text", "amount": "decimal", "status": "text", "at": "instant"}
    return {
        "name": name,
        "path": f"/{name}",
        "id": "id",
        "records": "data",
        "fields": [{"name": field, "path": field, "type": type} for field, type in fields.items()],
        "title": ["name"],
        "searchable": ["name", "note"],
        "date": "at",
    } | more


def make_searchable_provider(url: str = UNREACHABLE, **more: Any) -> Provider:
    """A provider with customers and payments."""
    options: dict[str, Any] = {"entities": [entity("customers"), entity("payments")]}
    names = [{"name": "customers"}, {"name": "payments"}]
    shards = [{"entity": "customers", "shardType": "c_customer"}, {"entity": "payments", "shardType": "c_payment"}]
    return make_key_provider(
        url, connection=options | more, availableEntities=names, searchableEntities=[], entityMappings=shards
    )


def make_connected(provider: Provider | None = None, *, user: Any = None, **fields: Any) -> Connection:
    """A connection that was synced a minute ago, with an integration of the tenant in scope."""
    integration = make_integration(
        provider or make_searchable_provider(), **({"status": Integration.Status.CONNECTED} | fields)
    )
    return connect(integration, user=user)


def connect(integration: Integration, *, user: Any = None, **fields: Any) -> Connection:
    """A connection with an integration; all its data types were read when it was synced."""
    now = clock.now()
    values = {
        "status": Connection.Status.ACTIVE,
        "credential_kind": Connection.CredentialKind.API_KEY,
        "connected_at": now,
        "last_sync_at": now - dt.timedelta(minutes=1),
    }
    connection = Connection.objects.create(integration=integration, user=user, **(values | fields))
    if connection.last_sync_at:
        for each in definition_of(integration.provider).entities:
            set_read_at(connection, each.name, connection.last_sync_at)
    return connection


def set_read_at(connection: Connection, entity: str, at: dt.datetime | None) -> None:
    """Has the data type been read to its end at that time; None: never."""
    EntityState.objects.update_or_create(connection=connection, entity=entity, defaults={"last_synced_at": at})


def add_record(connection: Connection, name: str, *, entity: str = "customers", **fields: Any) -> Record:
    """A record as a sync stores it; `fields` beyond the model's own are data."""
    known = {key: fields.pop(key) for key in ("occurred_at", "deleted_at", "external_id") if key in fields}
    number = next(_numbers)
    record = Record.objects.create(
        connection=connection,
        integration=connection.integration,
        user=connection.user,
        entity=entity,
        raw=b"{}",
        data={"name": name} | fields,
        hash=b"\x00",
        title=name,
        changed_at=clock.now(),
        **({"external_id": f"ext-{number}"} | known),
    )
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE connections_record SET search = connections_search(tenant_id, title, %s) WHERE id = %s",
            [" ".join(str(value) for value in fields.values()), record.id],
        )
    return record


def add_many(connection: Connection, count: int, words: str, *, entity: str = "customers") -> None:
    """So many records with these words, in one statement."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO connections_record (id, tenant_id, created_at, updated_at, connection_id, integration_id,
                entity, external_id, raw, data, hash, title, occurred_at, changed_at, search)
            SELECT gen_random_uuid(), %(tenant)s, now(), now(), %(connection)s, %(integration)s, %(entity)s,
                'many-' || n, '{}', jsonb_build_object('name', %(words)s, 'amount', n), '\\x00', %(words)s,
                now(), now(), connections_search(%(tenant)s, %(words)s, '')
            FROM generate_series(1, %(count)s) AS n
            """,
            {
                "tenant": connection.tenant_id,
                "connection": connection.id,
                "integration": connection.integration_id,
                "entity": entity,
                "words": words,
                "count": count,
            },
        )


def body_of(answer: Any, status: int = 200) -> dict[str, Any]:
    """The body of an answer of that status."""
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found
