"""Every table of the hub: behind the tenant wall, or known to belong to no tenant."""

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, TenantManager
from integrations_site.tenancy.ownership import APP_ROLE

HUB_APPS = {"tenancy", "audit", "files", "api", "ledger", "notifications", "catalog", "connections"}
# Tables of the hub as a whole: people may belong to several tenants.
HUB_WIDE = {"tenancy.User"}
# Written by triggers or kept for a day: a row change there is no business of anybody's.
NOT_TRACKED = {
    "api.IdempotencyKey",
    "audit.AuditEntry",
    "audit.AuditHead",
    "ledger.CaseCount",
    "notifications.Delivery",
    "notifications.DeliveryAttempt",
    "notifications.Event",
    "tenancy.FailedTask",
}

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
    policies = _query("SELECT qual, with_check FROM pg_policies WHERE tablename = %s", table)
    assert len(policies) == 1
    for condition in policies[0]:
        assert "hub_tenant()" in condition


@pytest.mark.django_db
@pytest.mark.parametrize("model", TENANT_MODELS, ids=_by_label)
def test_another_tenants_rows_are_not_seen(model: type[models.Model], tenant: Tenant, rival: Tenant) -> None:
    column = "id" if model is Tenant else "tenant_id"
    with scope.tenant_scope(tenant.id):
        seen = _query(f"SELECT count(*) FROM {model._meta.db_table} WHERE {column} = %s", rival.id)
    assert seen == [(0,)]


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
    if model._meta.label not in {"tenancy.Tenant", "tenancy.ApiClient", "ledger.CaseCount"}:
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
