"""The scope reaches the manager and PostgreSQL alike."""

import pytest
from django.db import connection

from integrations_site.tenancy import scope
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
