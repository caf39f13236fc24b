"""The page of a connection: fields of one's own, drift, and what was set aside."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, FieldMapping, QuarantinedRecord, SchemaDrift, SyncRun, SyncStep
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.pages.conftest import browser_of
from tests.connections.search.records import make_connected
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def _send(browser: Client, action: str, **fields: Any) -> Any:
    """A form's answer, with the token that the browser was given."""
    return browser.post(action, fields | {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value})


def _path(linked: Connection) -> str:
    return f"/integrations/connections/{linked.public_id}"


def test_a_field_is_previewed_added_and_removed(browser: Client, linked: Connection, tenant: Tenant) -> None:
    page, fields = _path(linked), f"{_path(linked)}/fields"
    assert f'href="{page}"' in browser.get("/integrations").content.decode()
    given = {"entity": "customers", "name": "branch", "path": "metadata.branch", "type": "text"}
    shown = _send(browser, fields, do="preview", **given).content.decode()
    assert "1 has the field" in shown
    assert "&lt;North&gt;" in shown
    with scope.tenant_scope(tenant.id):
        assert not FieldMapping.objects.exists()
    assert (
        "1 would be set aside" in _send(browser, fields, do="preview", **given | {"type": "integer"}).content.decode()
    )
    for wrong, told in (({"name": "amount"}, "choose another"), ({"path": "a b"}, "with dots"), ({"type": "x"}, "x")):
        refused = _send(browser, fields, do="add", **given | wrong)
        assert (refused.status_code, told in refused.content.decode()) == (200, True)
    assert _send(browser, fields, do="add", **given).status_code == 302
    with scope.tenant_scope(tenant.id):
        mapping = FieldMapping.objects.get()
    assert "metadata.branch" in browser.get(page).content.decode()
    gone = _send(browser, f"{fields}/remove", field=mapping.public_id)
    assert gone.status_code == 302
    assert "branch is removed" in browser.get(page).content.decode()
    assert _send(browser, f"{fields}/remove", field=mapping.public_id).status_code == 404


def test_drift_is_marked_as_seen_and_what_was_set_aside_is_explained(
    browser: Client, linked: Connection, tenant: Tenant
) -> None:
    empty = browser.get(_path(linked)).content.decode()
    for words in ("Nothing new", "would be kept here", "can be added as a field"):
        assert words in empty
    with scope.tenant_scope(tenant.id):
        now, of = clock.now(), {"connection": linked, "entity": "customers"}
        drift = SchemaDrift.objects.create(**of, field="vat", change="new", last_seen_at=now)
        run = SyncRun.objects.create(
            connection=linked, sync_type="full", trigger="manual", data_types=["customers"], started_at=now
        )
        step = SyncStep.objects.create(run=run, entity="customers", position=0, is_full=True)
        QuarantinedRecord.objects.create(step=step, **of, external_id="c-9", raw="{}", field="amount", reason="Odd")
    page = browser.get(_path(linked)).content.decode()
    assert "customers: vat" in page
    assert "amount: Odd" in page
    _send(browser, f"{_path(linked)}/drift/seen", drift=drift.public_id)
    assert "customers: vat" not in browser.get(_path(linked)).content.decode()


def test_others_find_no_such_page(linked: Connection, tenant: Tenant, rival: Tenant, plain_user: User) -> None:
    for user in (plain_user, make_member(rival, role="tenant_admin")):
        browser = browser_of(user)
        assert browser.get(_path(linked)).status_code == 404
    with scope.tenant_scope(tenant.id):
        own = make_connected(user=plain_user, user_scoped=True)
    browser = browser_of(plain_user)
    assert "Add the field" not in browser.get(_path(own)).content.decode()
    given = {"entity": "customers", "name": "branch", "path": "a", "type": "text"}
    refused = _send(browser, f"{_path(own)}/fields", do="add", **given)
    assert refused.status_code == 403
    with scope.tenant_scope(tenant.id):
        assert not FieldMapping.objects.exists()


def test_choices_currencies_and_formats_are_typed_in_and_what_is_wrong_stands_beside_them(
    browser: Client, linked: Connection, tenant: Tenant
) -> None:
    fields = f"{_path(linked)}/fields"
    given = {"entity": "customers", "name": "own", "path": "metadata.branch", "type": "choice"}
    choices = "<North> = north\n\n S=1 = south "
    told = _send(browser, fields, do="preview", **given, choices=choices, default="other").content.decode()
    assert "1 has the field" in told
    assert "S=1 = south" in told, "what was typed in stays"
    for wrong, problem in (
        ({"choices": "North"}, "Line 1 is no choice"),
        ({"choices": "N = a\nN = b"}, "says “N” once more"),
        ({"choices": ""}, "needs its choices"),
        ({"type": "money_major"}, "say where its code stands"),
        ({"type": "date", "choices": "", "format": "%d."}, "such as %d.%m.%Y or"),
        ({"type": "integer", "choices": "", "default": "none"}, "is a whole number"),
    ):
        refused = _send(browser, fields, do="add", **given | {"choices": choices} | wrong)
        assert (refused.status_code, problem in refused.content.decode()) == (200, True), wrong
    with scope.tenant_scope(tenant.id):
        assert not FieldMapping.objects.exists()
    assert _send(browser, fields, do="add", **given, choices=choices, default="other").status_code == 302
    with scope.tenant_scope(tenant.id):
        assert FieldMapping.objects.get().rules == {"choices": {"<North>": "north", "S=1": "south"}, "default": "other"}
    number = given | {"name": "count", "type": "integer", "default": "0", "required": "on"}
    assert _send(browser, fields, do="add", **number).status_code == 302
    with scope.tenant_scope(tenant.id):
        assert FieldMapping.objects.get(name="count").rules == {"default": 0, "required": True}
    shown = browser.get(_path(linked)).content.decode()
    for words in ("2 choices, otherwise other", "otherwise 0, required"):
        assert words in shown


def test_what_was_set_aside_is_narrowed_by_data_type_and_paged(
    browser: Client, linked: Connection, tenant: Tenant
) -> None:
    with scope.tenant_scope(tenant.id):
        run = SyncRun.objects.create(
            connection=linked, sync_type="full", trigger="manual", data_types=["customers"], started_at=clock.now()
        )
        for position, (entity, count) in enumerate((("customers", 21), ("payments", 2))):
            step = SyncStep.objects.create(run=run, entity=entity, position=position, is_full=True)
            QuarantinedRecord.objects.bulk_create(
                QuarantinedRecord(
                    step=step, connection=linked, entity=entity, external_id=f"{entity}-{n}.", raw="{}", reason="Odd"
                )
                for n in range(count)
            )
    page = _path(linked)

    def shown(**query: str) -> int:
        return sum(browser.get(page, query).content.decode().count(f"{name}-") for name in ("customers", "payments"))

    assert [shown(), shown(aside_page="2"), shown(aside_page="99")] == [20, 3, 3]
    assert [shown(aside="payments"), shown(aside="customers", aside_page="2")] == [2, 1]
    assert shown(aside="dragons", aside_page="x") == 20
    first = browser.get(page, {"aside": "customers", "syncs": "1"}).content.decode()
    assert "?aside=customers&amp;syncs=1&amp;aside_page=2#aside" in first
    assert "1 to 20 of 21" in first
    assert "payments <span>2</span>" in first
