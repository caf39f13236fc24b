"""What a sync needs: a tenant that is connected with a vendor which has one list."""

import uuid
from dataclasses import dataclass
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
_LISTS = {"payments": (_PAYMENTS, "stripe"), "invoices": (_INVOICES, "quickbooks")}
_KEPT = ("name", "label", "fields", "title", "searchable", "date")


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant, and its connection."""

    tenant_id: uuid.UUID
    connection_id: uuid.UUID


def connected(address: str, name: str, *, searched: bool = True) -> Customer:
    """A new tenant, connected with the vendor at the address; the connection's setting `world` ends the address.

    Where it is not `searched`, records have no words but those of their ids.
    """
    listed, shipped = _LISTS[name]
    [mapped] = [each for each in shipped_definitions()[shipped]["connection"]["entities"] if each["name"] == name]
    entity = {field: mapped[field] for field in _KEPT if field in mapped} | listed | {"path": f"/{name}"}
    if not searched:
        entity |= {"title": [], "searchable": []}
    body = provider_input(
        availableEntities=[{"name": name}],
        searchableEntities=[name],
        entityMappings=[],
        connection={"baseUrl": address + "/{settings.world}", "entities": [entity]},
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
        store_secret(connection, {"apiKey": "key"})
    return Customer(tenant.id, connection.pk)
