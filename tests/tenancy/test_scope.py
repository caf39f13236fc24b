"""The scope reaches the manager and PostgreSQL alike."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.database import statements
from integrations_site.tenancy.models import Membership, Tenant
from tests.factories import make_member


def test_without_a_scope_nothing_is_readable(tenant: Tenant) -> None:
    make_member(tenant)
    with pytest.raises(scope.NoTenantError):
        Membership.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenancy_membership")
        assert cursor.fetchone() == (0,)


def test_raw_sql_sees_the_tenant_in_scope_only(tenant: Tenant, rival: Tenant) -> None:
    make_member(tenant)
    make_member(rival)
    with scope.tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM tenancy_membership")
        assert cursor.fetchall() == [(tenant.id,)]


def test_the_scope_of_the_id_that_stands_for_everybody_sees_nobody(tenant: Tenant) -> None:
    with scope.tenant_scope(ids.NIL), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenancy_tenant")
        assert cursor.fetchone() == (0,)
    with scope.all_tenants(), pytest.raises(IntegrityError, match="tenant_is_not_nil"), transaction.atomic():
        Tenant.objects.create(id=ids.NIL, name="Everybody")


@pytest.mark.django_db(transaction=True)
def test_a_pipeline_that_fails_leaves_no_other_tenants_scope_behind(tenant: Tenant, rival: Tenant) -> None:
    with scope.tenant_scope(tenant.id), pytest.raises(DatabaseError):
        _fail_in_a_pipeline(rival)
    with scope.tenant_scope(rival.id):
        assert statements.send("SELECT id FROM tenancy_tenant").all() == [(rival.id,)]


def _fail_in_a_pipeline(rival: Tenant) -> None:
    with statements.together(), scope.tenant_scope(rival.id):
        statements.send("SELECT 1")
        statements.send("SELECT 1 / 0")
