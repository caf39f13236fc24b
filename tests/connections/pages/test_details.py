"""The page of a connection: fields of one's own, drift, and what was set aside."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, FieldMapping, QuarantinedRecord, Record, SchemaDrift, SyncRun, SyncStep
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.search.records import add_record, make_connected
from tests.factories import make_member
from tests.web.forms import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin_user: User) -> Client:
    """The tenant admin's browser."""
    return _browser_of(admin_user)


@pytest.fixture
def linked(tenant: Tenant) -> Connection:
    """A connection of the tenant with one record."""
    with scope.tenant_scope(tenant.id):
        made = make_connected()
        record = add_record(made, "Ann")
        Record.objects.filter(pk=record.pk).update(raw=b'{"id": 1, "metadata": {"branch": "<North>"}}')
    return made


def _browser_of(user: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    log_in(client, user.email)
    return client


def _send(browser: Client, action: str, **fields: str) -> Any:
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
    for wrong, told in (({"name": "amount"}, "choose another name"), ({"path": "a b"}, "path"), ({"type": "x"}, "x")):
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
        browser = _browser_of(user)
        assert browser.get(_path(linked)).status_code == 404
    with scope.tenant_scope(tenant.id):
        own = make_connected(user=plain_user, user_scoped=True)
    browser = _browser_of(plain_user)
    assert "Add the field" not in browser.get(_path(own)).content.decode()
    given = {"entity": "customers", "name": "branch", "path": "a", "type": "text"}
    refused = _send(browser, f"{_path(own)}/fields", do="add", **given)
    assert refused.status_code == 403
    with scope.tenant_scope(tenant.id):
        assert not FieldMapping.objects.exists()
