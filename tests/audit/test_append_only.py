"""An entry is never changed or removed: not by the hub, and not by the owner of the tables."""

import pytest
from django.db import DatabaseError, connection, transaction

from integrations_site.audit.models import AuditEntry, AuditHead
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from integrations_site.tenancy.ownership import as_owner
from tests.audit.chains import announce_in, entries

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS = [
    "UPDATE audit_auditentry SET actor = 'somebody else'",
    "UPDATE audit_auditentry SET number = number + 1",
    "UPDATE audit_auditentry SET hash = NULL, number = NULL, previous_hash = NULL",
    "DELETE FROM audit_auditentry",
]


@pytest.mark.parametrize(
    "statement", [*STATEMENTS, "TRUNCATE audit_auditentry", "UPDATE audit_audithead SET number = 0"]
)
def test_the_hub_may_not(tenant: Tenant, statement: str) -> None:
    announce_in(tenant.id, "case.approved")
    before = [(entry.number, entry.hash, entry.actor) for entry in entries(tenant.id)]
    with scope.all_tenants(), pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [(entry.number, entry.hash, entry.actor) for entry in entries(tenant.id)] == before


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_owner_may_not_either(tenant: Tenant, statement: str) -> None:
    announce_in(tenant.id, "case.approved")
    before = [(entry.number, entry.hash, entry.actor) for entry in entries(tenant.id)]
    with as_owner(), pytest.raises(DatabaseError, match="never changed or removed"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [(entry.number, entry.hash, entry.actor) for entry in entries(tenant.id)] == before


def test_the_orm_may_not(tenant: Tenant) -> None:
    announce_in(tenant.id, "case.approved")
    entry = entries(tenant.id)[-1]
    with scope.tenant_scope(tenant.id):
        with pytest.raises(DatabaseError), transaction.atomic():
            entry.save()
        with pytest.raises(DatabaseError), transaction.atomic():
            entry.delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditHead.objects.update(number=0)


def test_a_chain_is_behind_the_tenant_wall(tenant: Tenant, rival: Tenant) -> None:
    announce_in(tenant.id, "secret.thing")
    with scope.tenant_scope(rival.id):
        assert not AuditEntry.objects.filter(action="secret.thing").exists()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_auditentry WHERE tenant_id <> %s OR tenant_id IS NULL", [rival.id]
            )
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM audit_audithead")
            assert cursor.fetchone() == (1,)
