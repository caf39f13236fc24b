"""Every table of the hub: behind the tenant wall, or known to belong to no tenant."""

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, models, transaction

from integrations_site.api.models import IdempotencyKey
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, FailedTask, Tenant, TenantManager
from integrations_site.tenancy.ownership import APP_ROLE
from ledger.models import BillPayment, CaseTax, Vendor
from notifications.models import DeliveryAttempt
from tests.factories import make_member
from tests.factories.things import one_of_each

HUB_APPS = {"tenancy", "audit", "files", "api", "web", "ledger", "notifications", "catalog", "connections"}
# Tables of the hub as a whole: people may belong to several tenants, who tries to log in and providers to none, and
# whose a vendor's webhook is shows later.
HUB_WIDE = {"catalog.Provider", "connections.InboundWebhook", "tenancy.User", "web.AttemptCount"}
# Written by triggers, kept for a day, or changed by syncs by the thousand: a row change is no business of anybody's.
NOT_TRACKED = {
    "api.IdempotencyKey",
    "audit.AuditEntry",
    "audit.AuditHead",
    *(f"connections.{name}" for name in ("Activity", "EntityState", "QuarantinedRecord", "Record", "SchemaDrift")),
    *(f"connections.{name}" for name in ("SeenRecords", "SyncRun", "SyncStep")),
    "ledger.CaseCount",
    "notifications.Delivery",
    "notifications.DeliveryAttempt",
    "notifications.Event",
    "tenancy.FailedTask",
}

# Looked up before it is known whose they are, or read by raw SQL alone; row-level security holds for them too.
NOT_SCOPED = {"tenancy.Tenant", "tenancy.ApiClient", "ledger.CaseCount"}

MODELS = [model for model in apps.get_models() if model._meta.app_label in HUB_APPS]
TENANT_MODELS = [model for model in MODELS if model._meta.label not in HUB_WIDE]


def _query(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _by_label(model: type[models.Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", TENANT_MODELS, ids=_by_label)
def test_a_table_names_its_tenant(model: type[models.Model]) -> None:
    if model is not Tenant:
        assert model._meta.get_field("tenant").related_model is Tenant


@pytest.mark.django_db
@pytest.mark.parametrize("model", TENANT_MODELS, ids=_by_label)
def test_a_table_forces_row_level_security(model: type[models.Model]) -> None:
    table = model._meta.db_table
    assert _query("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", table) == [
        (True, True)
    ]
    policies = _query("SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND roles = '{public}'", table)
    assert len(policies) == 1
    for condition in policies[0]:
        assert "hub_wall()" in condition


@pytest.mark.django_db
def test_only_the_owner_may_read_past_a_wall_and_only_records() -> None:
    """For search, by functions that ask for the tenant themselves (`connections.sql`); the hub's role is no owner."""
    others = _query("SELECT tablename, cmd, roles::text[] FROM pg_policies WHERE roles <> '{public}'")
    owners = _query("SELECT tableowner FROM pg_tables WHERE tablename = 'connections_record'")
    assert others == [("connections_record", "SELECT", [owners[0][0]])]
    assert _query("SELECT pg_has_role(%s, %s, 'USAGE')", APP_ROLE, owners[0][0]) == [(False,)]


@pytest.fixture
def full_rival(rival: Tenant) -> Tenant:
    """The other tenant, with a row in every table."""
    person = make_member(rival)
    with scope.tenant_scope(rival.id):
        things: dict[str, Any] = one_of_each()
        today = clock.now()
        ApiClient.objects.create(name="Importer", tenant=rival)
        FailedTask.objects.create(name="a task", error="an error")
        IdempotencyKey.objects.create(caller=person.public_id, key="k", fingerprint="f", status=200, body=b"")
        DeliveryAttempt.objects.create(delivery=things["delivery"], number=1, duration_ms=1, at=today)
        CaseTax.objects.create(case=things["case"], category="AE", taxable=1, amount=0)
        BillPayment.objects.create(bill=things["bill"], entry=things["entry"], date=today.date())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the audit chain is sealed at the end of a transaction
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return rival


def _tenant_column(model: type[models.Model]) -> str:
    return "id" if model is Tenant else "tenant_id"


def _seen(model: type[models.Model], tenant: Tenant) -> int:
    [(rows,)] = _query(f"SELECT count(*) FROM {model._meta.db_table} WHERE {_tenant_column(model)} = %s", tenant.id)
    return int(rows)


def _tried(statement: str, tenant: Tenant) -> int:
    """How many rows a statement changed; none where the hub's role may not send it at all."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [tenant.id])
            return int(cursor.rowcount)
    except ProgrammingError as error:
        assert "permission denied" in str(error)  # noqa: PT017 - on append-only tables alone
        return 0


def test_another_tenants_rows_are_neither_seen_nor_changed(tenant: Tenant, full_rival: Tenant) -> None:
    for model in TENANT_MODELS:
        with scope.tenant_scope(full_rival.id):
            assert _seen(model, full_rival), f"{model._meta.label}: the test needs a row of the other tenant"
        table, column = model._meta.db_table, _tenant_column(model)
        with scope.tenant_scope(tenant.id):
            assert _seen(model, full_rival) == 0, model
            assert _tried(f"UPDATE {table} SET {column} = {column} WHERE {column} = %s", full_rival) == 0, model
            assert _tried(f"DELETE FROM {table} WHERE {column} = %s", full_rival) == 0, model


def test_no_row_can_be_put_into_another_tenant(tenant: Tenant, rival: Tenant) -> None:
    with scope.tenant_scope(tenant.id), pytest.raises(ProgrammingError, match="row-level security"):
        Vendor.objects.create(tenant=rival, name="Intruder")


@pytest.mark.django_db
@pytest.mark.parametrize("model", [m for m in TENANT_MODELS if m._meta.label not in NOT_TRACKED], ids=_by_label)
def test_a_table_records_unannounced_changes(model: type[models.Model]) -> None:
    found = _query(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'track_%%' ORDER BY 1",
        model._meta.db_table,
    )
    assert found == [("track_delete",), ("track_insert",), ("track_update",)]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=_by_label)
def test_the_default_manager_is_scoped(model: type[models.Model]) -> None:
    if model._meta.label not in NOT_SCOPED:
        assert isinstance(model._default_manager, TenantManager)


@pytest.mark.django_db
def test_the_hubs_role_has_no_special_rights() -> None:
    rights = _query(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert rights == [(APP_ROLE, False, False, False, False)]
    owned = _query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    assert owned == [(0,)]


@pytest.mark.django_db
def test_a_made_up_tenant_sees_nothing(tenant: Tenant) -> None:
    with scope.tenant_scope(uuid.uuid4()):
        for model in TENANT_MODELS:
            assert _query(f"SELECT count(*) FROM {model._meta.db_table}") == [(0,)], model
