"""What a sync needs: a tenant that is connected with a vendor which has one list."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from catalog.services.providers import create_provider
from catalog.services.shipped import shipped_definitions
from connections.models import Connection, Integration
from connections.services.secrets import store_secret
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from tests.factories import make_tenant
from tests.factories.catalog import provider_input

# How each list is read, and the shipped definition whose mapping is used for it.
_PAYMENTS: dict[str, Any] = {
    "records": "data",
    "id": "id",
    "paging": {
        **{"type": "cursor", "parameter": "starting_after", "lastRecordPath": "id", "morePath": "has_more"},
        **{"sizeParameter": "limit", "size": 100},
    },
    "incremental": {"fieldPath": "updated", "parameter": "since", "format": "unix"},
}
_INVOICES: dict[str, Any] = {
    "records": "records",
    "id": "Id",
    "paging": {"type": "offset", "parameter": "offset", "sizeParameter": "limit", "size": 1000, "totalPath": "total"},
    "incremental": {"fieldPath": "MetaData.LastUpdatedTime", "parameter": "since", "format": "iso"},
}
_PAYMENT_INTENTS: dict[str, Any] = _PAYMENTS | {
    "incremental": {"fieldPath": "created", "parameter": "created[gte]", "format": "unix"},
}
_ORDERS: dict[str, Any] = {
    "records": "data.records",
    "id": "id",
    "paging": {"type": "offset", "parameter": "offset", "sizeParameter": "limit", "size": 1000, "totalPath": "total"},
    "incremental": {"fieldPath": "updatedAt", "parameter": "updated_since", "format": "iso"},
    "fields": [
        {"name": "id", "path": "id", "type": "text", "required": True},
        {"name": "number", "path": "number", "type": "text"},
        {"name": "status", "path": "stage", "type": "text"},
        {"name": "createdAt", "path": "createdAt", "type": "instant", "format": "iso"},
    ],
    "title": ["number"],
    "searchable": ["number", "status"],
    "date": "createdAt",
}


@dataclass(frozen=True, slots=True)
class _Listed:
    """How a list is read, whose mapping is used for it (a shipped definition and its entity), and who is let in."""

    entity: dict[str, Any]
    base: str = "/{settings.world}"
    mapped: tuple[str, str] | None = None
    auth: dict[str, str] = field(default_factory=dict)
    key: str = "key"


_LISTS = {
    "payments": _Listed(_PAYMENTS, mapped=("stripe", "payments")),
    "invoices": _Listed(_INVOICES, mapped=("quickbooks", "invoices")),
    # The sandbox's.
    "payment_intents": _Listed(
        _PAYMENT_INTENTS, "/api.stripe.com/v1", mapped=("stripe", "payments"), key="sk_test_northwind"
    ),
    "orders": _Listed(_ORDERS, "/generic/offset", auth={"name": "X-Api-Key"}, key="demo-key"),
}
_KEPT = ("name", "label", "fields", "title", "searchable", "date")


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant, and its connection."""

    tenant_id: uuid.UUID
    connection_id: uuid.UUID


def connected(address: str, name: str, *, searched: bool = True) -> Customer:
    """A new tenant, connected with the vendor at the address; the benchmarks' own reads the setting `world` from it.

    Where it is not `searched`, records have no words but those of their ids.
    """
    listed = _LISTS[name]
    entity = _mapping(listed.mapped) | listed.entity | {"name": name, "path": f"/{name}"}
    if not searched:
        entity |= {"title": [], "searchable": []}
    body = provider_input(
        availableEntities=[{"name": name}],
        searchableEntities=[name],
        entityMappings=[],
        connection={"baseUrl": address + listed.base, "auth": listed.auth, "entities": [entity]},
    )
    provider = create_provider(data=body, actor=HUB)
    tenant = make_tenant()
    with scope.tenant_scope(tenant.id):
        integration = Integration.objects.create(
            provider=provider, name=provider.name, status=Integration.Status.CONNECTED
        )
        connection = Connection.objects.create(
            integration=integration,
            credential_kind=Connection.CredentialKind.API_KEY,
            status=Connection.Status.ACTIVE,
        )
        store_secret(connection, {"apiKey": listed.key})
    return Customer(tenant.id, connection.pk)


def _mapping(shipped: tuple[str, str] | None) -> dict[str, Any]:
    if shipped is None:
        return {}
    definition, name = shipped
    [mapped] = [each for each in shipped_definitions()[definition]["connection"]["entities"] if each["name"] == name]
    return {part: mapped[part] for part in _KEPT if part in mapped}
