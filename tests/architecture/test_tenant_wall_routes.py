"""Every address of the API with another tenant's ids: not found, nothing changed, nothing queued."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import PublicId, Tenant
from tests.architecture.test_tenant_wall_models import HUB_APPS, TENANT_MODELS
from tests.factories.things import one_of_each
from tests.factories.tokens import bearer

# What stands behind the id in an address, by the word before it.
KINDS = {
    "cases": "case",
    "vendors": "vendor",
    "accounts": "account",
    "account-mappings": "mapping",
    "tax-rules": "taxrule",
    "exchange-rates": "rate",
    "sku-aliases": "alias",
    "inventory-items": "item",
    "bills": "bill",
    "journal-entries": "entry",
    "webhooks": "webhook",
    "deliveries": "delivery",
    "artifacts": "artifact",
    "files": "file",
    "postings": "posting",
    "events": "event",
    "integrations": "int",
    "connections": "conn",
    "field-mappings": "fieldmapping",
    "drift": "drift",
}
# What belongs to no tenant: providers (tests/catalog/test_api.py, tests/connections/api) and consents by their names.
HUB_WIDE = ("api/admin/integrations", "api/integrations/<category:category>", "api/integrations/oauth")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What a request must hold before the id in its address matters.
BODIES = {"reject": b'{"reason": "Not ours"}'}
FILES = {"artifacts"}


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern.callback
        else:
            yield from _patterns(pattern, address)


def _view_class(callback: Any) -> type[APIView] | None:
    found = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    return found if isinstance(found, type) and issubclass(found, APIView) else None


ROUTES = sorted(
    address
    for address, callback in _patterns(get_resolver())
    if address.startswith("api/") and "<" in address and _view_class(callback) and not address.startswith(HUB_WIDE)
)


def _filled(address: str, things: dict[str, PublicId]) -> str:
    """The address with another tenant's id in each place. A KeyError asks for a new line in KINDS."""
    parts = address.strip("/").split("/")
    for index, part in enumerate(parts):
        if re.fullmatch(r"<.*>", part):
            parts[index] = things[KINDS[parts[index - 1]]].public_id
    return "/" + "/".join(parts)


def _fingerprint(tenant: Tenant) -> dict[str, str]:
    """A digest of every row of the tenant, by table."""
    found = {}
    with scope.all_tenants(), connection.cursor() as cursor:
        for model in TENANT_MODELS:
            column = "id" if model is Tenant else "tenant_id"
            table = model._meta.db_table
            cursor.execute(f"SELECT t::text FROM {table} t WHERE {column} = %s ORDER BY 1", [tenant.id])
            found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


def _send(client: Client, method: str, path: str, headers: dict[str, str]) -> Any:
    last_word = path.rsplit("/", 1)[1]
    if method == "POST" and last_word in FILES:
        return client.post(path, {"file": ContentFile(b"a note", "note.txt")}, headers=headers)
    body = BODIES.get(last_word, b"{}")
    return client.generic(method, path, body, content_type="application/json", headers=headers)


@pytest.fixture
def things(rival: Tenant) -> dict[str, PublicId]:
    """One of everything that the other tenant owns, by kind."""
    with scope.tenant_scope(rival.id):
        return one_of_each()


def test_every_kind_of_thing_is_tried(things: dict[str, PublicId]) -> None:
    assert set(KINDS.values()) <= set(things)
    for kind, thing in things.items():
        assert thing.id_kind == kind
        assert thing._meta.app_label in HUB_APPS
    assert ROUTES


@pytest.mark.parametrize("address", ROUTES)
def test_another_tenants_id_is_not_found(
    address: str, things: dict[str, PublicId], rival: Tenant, tenant: Tenant, client: Client
) -> None:
    before = _fingerprint(rival)
    events_before = _fingerprint(tenant)["notifications_event"]
    headers = bearer(tenant)
    for method in METHODS:
        answer = _send(client, method, _filled(address, things), headers)
        assert answer.status_code in {404, 405}, (method, address, answer.content)
    assert _fingerprint(rival) == before
    assert _fingerprint(tenant)["notifications_event"] == events_before
