"""Fields that a tenant adds to a provider's records."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from catalog.services.providers import create_provider
from connections.models import Connection, FieldMapping, Integration, Record
from connections.services.connectors import connector_of
from connections.services.field_mappings import MAX_FIELDS
from connections.services.secrets import store_secret
from connections.services.syncs import request_sync, run_sync
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB, Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.sources import Source, entity, payment, provider_body, source

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor("user-clerk", "clerk@example.com")
BRANCH = {"dataType": "payments", "name": "branch", "path": "metadata.branch", "type": "text"}


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Source]:
    """A vendor with three payments, of which one has no branch and one a number for it."""
    with source() as found:
        settings.VENDOR_STAND_IN = found.url
        found.lists["payments"] = [
            payment(1, metadata={"branch": "North", "rank": 1}),
            payment(2, metadata={"branch": "South", "rank": "first"}),
            payment(3),
        ]
        yield found


@pytest.fixture
def linked(vendor: Source, tenant: Tenant) -> Connection:
    """The tenant's connection with it, synced."""
    provider = create_provider(data=provider_body(entity()), actor=HUB)
    with scope.tenant_scope(tenant.id):
        integration = Integration.objects.create(provider=provider, name="Acme", status="connected")
        made = Connection.objects.create(integration=integration, credential_kind="api_key", status="active")
        store_secret(made, {"apiKey": "key"})
        _sync(made)
        return Connection.objects.select_related("integration", "tenant").get(pk=made.pk)


def _sync(connection: Connection) -> None:
    current = Connection.objects.get(pk=connection.pk)
    run = request_sync(connection=current, sync_type="full", data_types=(), actor=CLERK)
    assert not run_sync(run.pk, connect=connector_of)
    run.refresh_from_db()
    assert run.status == "completed", run.error


def _path(linked: Connection, *more: str) -> str:
    return "/".join((f"/api/integrations/{linked.integration.public_id}/field-mappings", *more))


def _branches(linked: Connection) -> dict[str, Any]:
    with scope.tenant_scope(linked.tenant.pk):
        rows = Record.objects.filter(connection=linked)
        return {row.external_id: row.data.get("branch", "absent") for row in rows}


def test_a_field_is_added_changed_and_removed_and_records_follow(
    admin: ApiCaller, linked: Connection, tenant: Tenant
) -> None:
    made = admin.post(_path(linked), BRANCH)
    assert made.status_code == 201, made.content
    mapping = made.json()
    assert {name: mapping[name] for name in BRANCH} == BRANCH
    assert mapping["isActive"] is True
    path = _path(linked, mapping["id"])
    assert set(_branches(linked).values()) == {"absent"}, "nothing happens before the next sync"
    with scope.tenant_scope(tenant.id):
        _sync(linked)
    assert sorted(_branches(linked).items()) == [("p000001", "North"), ("p000002", "South"), ("p000003", None)]
    data = admin.get(
        f"/api/tenant/integrations/{linked.integration.public_id}/widgets/data",
        entity="payments", fields="id,branch", filters=json.dumps({"branch": "North"}),
    ).json()["data"]  # fmt: skip
    assert data == [{"id": "p000001", "branch": "North"}]
    listed = admin.get(_path(linked), dataType="payments").json()
    assert (listed["fieldMappings"], listed["total"]) == ([mapping], 1)
    assert admin.get(path).json() == mapping
    assert admin.patch(path, {"path": "metadata.rank"}).json()["path"] == "metadata.rank"
    assert admin.patch(path, {"isActive": False}).json()["isActive"] is False
    assert admin.delete(path).status_code == 204
    assert admin.get(path).json()["error"]["code"] == "FIELD_MAPPING_NOT_FOUND"
    with scope.tenant_scope(tenant.id):
        _sync(linked)
        actions = AuditEntry.objects.filter(subject=linked.integration.public_id, action__startswith="field_mapping.")
        told = list(actions.order_by("number").values_list("action", flat=True))
    assert set(_branches(linked).values()) == {"absent"}
    assert told == [f"field_mapping.{word}" for word in ("added", "changed", "changed", "removed")]


def test_a_preview_says_what_fits_and_changes_nothing(admin: ApiCaller, linked: Connection) -> None:
    found = admin.post(_path(linked, "preview"), BRANCH | {"path": "metadata.rank", "type": "integer"})
    assert found.status_code == 200, found.content
    told = found.json()
    assert [(each["recordId"], each["value"]) for each in told["records"]] == [
        ("p000001", 1),
        ("p000002", None),
        ("p000003", None),
    ]
    assert "A number is expected, not 'first'" in told["records"][1]["problem"]
    assert (told["filled"], told["empty"], told["misfits"]) == (1, 1, 1)
    with scope.tenant_scope(linked.tenant.pk):
        assert not FieldMapping.objects.exists()
        Record.objects.all().delete()
    assert admin.post(_path(linked, "preview"), BRANCH).json()["records"] == []


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"dataType": "dragons"}, 400, "dataType"),
    ({"dataType": ""}, 400, "dataType"),
    ({"name": "9 lives"}, 400, "name"),
    ({"name": "x" * 61}, 400, "name"),
    ({"name": "a b"}, 400, "name"),
    ({"name": "amount"}, 409, "name"),
    ({"name": "id"}, 409, "name"),
    ({"path": "a..b"}, 400, "path"),
    ({"path": "a b"}, 400, "path"),
    ({"path": "x" * 201}, 400, "path"),
    ({"path": 5}, 400, "path"),
    ({"type": "money_minor"}, 400, "currencyPath"),
    ({"type": "money_major", "currencyPath": None}, 400, "currencyPath"),
    ({"type": "money_major", "currencyPath": "a b"}, 400, "currencyPath"),
    ({"type": "choice"}, 400, "choices"),
    ({"type": "choice", "choices": {}}, 400, "choices"),
    ({"type": "choice", "choices": {"P": 1}}, 400, "choices.P"),
    ({"type": "choice", "choices": ["P"]}, 400, "choices"),
    ({"choices": {"P": "paid"}}, 400, "choices"),
    ({"format": "unix"}, 400, "format"),
    ({"type": "date", "format": "%d.%m."}, 400, "format"),
    ({"type": "date", "format": "%d.%d.%m.%Y"}, 400, "format"),
    ({"type": "date", "format": "%Q.%d.%m.%Y"}, 400, "format"),
    ({"type": "date", "format": "yesterday"}, 400, "format"),
    ({"type": "integer", "default": "none"}, 400, "default"),
    ({"type": "date", "default": "2026-01-01"}, 400, "default"),
    ({"default": {}}, 400, "default"),
    ({"required": "perhaps"}, 400, "required"),
    ({"type": "hologram"}, 400, "type"),
    ({"colour": "red"}, 400, "colour"),
]


def test_what_is_no_field_is_refused_and_nothing_is_kept(admin: ApiCaller, linked: Connection) -> None:
    for changes, status, field in REFUSED:
        for path in (_path(linked), _path(linked, "preview")):
            refused = admin.post(path, BRANCH | changes)
            assert refused.status_code == status, (changes, refused.content)
            details = refused.json()["error"]["details"]
            assert field in details.get("fields", [details.get("field")]), (changes, details)
    with scope.tenant_scope(linked.tenant.pk):
        assert not FieldMapping.objects.exists()


def test_a_name_serves_once_and_there_is_an_end(admin: ApiCaller, linked: Connection) -> None:
    first = admin.post(_path(linked), BRANCH).json()
    again = admin.post(_path(linked), BRANCH | {"path": "other"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "FIELD_NAME_TAKEN")
    other = admin.post(_path(linked), BRANCH | {"name": "branch2"}).json()
    taken = admin.patch(_path(linked, other["id"]), {"name": "branch"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "FIELD_NAME_TAKEN")
    with scope.tenant_scope(linked.tenant.pk):
        FieldMapping.objects.bulk_create(
            FieldMapping(integration=linked.integration, entity="payments", name=f"f{n}", path="a", type="text")
            for n in range(MAX_FIELDS - 2)
        )
    full = admin.post(_path(linked), BRANCH | {"name": "one-more"})
    assert (full.status_code, full.json()["error"]["code"]) == (409, "TOO_MANY_FIELD_MAPPINGS")
    assert admin.patch(_path(linked, first["id"]), {"path": "still.possible"}).status_code == 200


def test_they_are_the_admins_of_the_tenant_alone(
    admin: ApiCaller, member: ApiCaller, stranger: ApiCaller, linked: Connection
) -> None:
    mapping = admin.post(_path(linked), BRANCH).json()
    for caller, status in ((member, 403), (stranger, 404)):
        answers = [
            caller.get(_path(linked)),
            caller.post(_path(linked), BRANCH | {"name": "mine"}),
            caller.post(_path(linked, "preview"), BRANCH | {"name": "mine"}),
            caller.get(_path(linked, mapping["id"])),
            caller.patch(_path(linked, mapping["id"]), {"path": "mine"}),
            caller.delete(_path(linked, mapping["id"])),
        ]
        assert [answer.status_code for answer in answers] == [status] * 6
    assert admin.get(_path(linked)).json()["fieldMappings"] == [mapping]


def test_a_preview_shows_no_records_of_other_peoples_accounts(
    admin: ApiCaller, linked: Connection, tenant: Tenant, plain_user: Any
) -> None:
    with scope.tenant_scope(tenant.id):
        Connection.objects.filter(pk=linked.pk).update(user=plain_user)
        Record.objects.all().update(user=plain_user)
    assert admin.post(_path(linked, "preview"), BRANCH).json()["records"] == []


RULED: list[tuple[dict[str, Any], list[Any]]] = [
    ({"path": "paid.on", "type": "date", "format": "%d.%m.%Y"}, ["2026-12-31", None, None]),
    ({"path": "paid.ms", "type": "instant", "format": "unix_ms"}, ["2023-11-14T22:13:20Z", None, None]),
    ({"path": "fee.cents", "type": "money_minor", "currencyPath": "fee.in"}, [10.5, 1050, None]),
    ({"path": "fee.state", "type": "choice", "choices": {"P": "paid"}, "default": "other"}, ["paid", "other", "other"]),
    ({"path": "fee.cents", "type": "integer", "default": 0}, [1050, 1050, 0]),
]


@pytest.fixture
def feeful(vendor: Source, linked: Connection) -> Connection:
    """The connection with records that say more than texts."""
    vendor.lists["payments"] = [
        payment(1, fee={"cents": 1050, "in": "eur", "state": "P"}, paid={"on": "31.12.2026", "ms": 1700000000123}),
        payment(2, fee={"cents": 1050, "in": "jpy", "state": "X"}),
        payment(3),
    ]
    with scope.tenant_scope(linked.tenant.pk):
        _sync(linked)
    return linked


def test_currencies_formats_choices_and_defaults_are_as_in_a_definition(
    admin: ApiCaller, feeful: Connection, tenant: Tenant
) -> None:
    for number, (rules, expected) in enumerate(RULED):
        stated = {"dataType": "payments", "name": f"own{number}", **rules}
        tried = admin.post(_path(feeful, "preview"), stated).json()
        assert [each["value"] for each in tried["records"]] == expected, tried
        made = admin.post(_path(feeful), stated)
        assert made.status_code == 201, made.content
        assert {name: made.json()[name] for name in stated} == stated
    with scope.tenant_scope(tenant.id):
        _sync(feeful)
        rows = list(Record.objects.filter(connection=feeful).order_by("external_id"))
    for number, (_, expected) in enumerate(RULED):
        assert [row.data[f"own{number}"] for row in rows] == expected


def test_a_preview_tells_why_money_and_moments_would_not_fit(admin: ApiCaller, feeful: Connection) -> None:
    for rules, problem in (
        ({"path": "fee.cents", "type": "money_minor", "currencyPath": "fee.currency"}, "names no currency where"),
        ({"path": "paid.on", "type": "date", "format": "iso"}, "'31.12.2026' is no moment of the form iso"),
        ({"path": "fee.state", "type": "choice", "choices": {"Q": "quiet"}}, "none of the values that are known: Q"),
        ({"path": "fee.state", "type": "text", "required": True}, ""),
    ):
        told = admin.post(_path(feeful, "preview"), {"dataType": "payments", **rules}).json()
        assert problem in told["records"][0]["problem"], told
    assert told["records"][2]["problem"] == "It is required, and the record has none"


def test_rules_are_changed_and_taken_away_and_a_field_of_before_may_rest(admin: ApiCaller, feeful: Connection) -> None:
    body = {"dataType": "payments", "name": "paid", "path": "fee.state", "type": "choice", "choices": {"P": "paid"}}
    path = _path(feeful, admin.post(_path(feeful), body).json()["id"])
    changed = admin.patch(path, {"choices": {"P": "settled"}, "default": "open", "required": True}).json()
    assert (changed["choices"], changed["default"], changed["required"]) == ({"P": "settled"}, "open", True)
    refused = admin.patch(path, {"type": "text"})
    assert (refused.status_code, list(refused.json()["error"]["details"]["fields"])) == (400, ["choices"])
    plain = admin.patch(path, {"type": "text", "choices": None, "default": None, "required": None}).json()
    assert [plain[name] for name in ("type", "choices", "default", "required")] == ["text", None, None, None]
    with scope.tenant_scope(feeful.tenant.pk):
        FieldMapping.objects.update(type="money_major")
    refused = admin.patch(path, {"path": "fee.cents"})
    assert "say where its code stands" in refused.json()["error"]["message"]
    assert admin.patch(path, {"isActive": False}).json()["isActive"] is False
