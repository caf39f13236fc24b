"""Prepared statements: in the scope, in the transaction, and exact about what they are given."""

import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import array, fetch_one, insert, send, together
from integrations_site.tenancy.models import Membership, Tenant
from ledger.models import SkuAlias
from tests.factories import make_member

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts | st.sampled_from(["NULL", "", "{}", '"', "\\", "a,b", '\\"', "\n"])))
def test_an_array_arrives_as_it_was(values: list[str]) -> None:
    assert fetch_one("SELECT %(values)s::text[]", {"values": array(values)}) == (values,)


@pytest.mark.django_db
def test_arrays_of_other_types_and_of_nothing() -> None:
    numbers, keys = [Decimal("1.50"), Decimal(-3)], [uuid.uuid4()]
    row = fetch_one("SELECT %s::numeric[], %s::uuid[], %s::int[]", [array(numbers), array(keys), array([])])
    assert row == (numbers, keys, [])


def test_an_array_has_no_room_for_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        array(["a\x00b"])


def test_statements_see_the_tenant_in_scope_only(tenant: Tenant, rival: Tenant) -> None:
    make_member(tenant)
    make_member(rival)
    for each in (tenant, rival, tenant):
        with scope.tenant_scope(each.id):
            assert send("SELECT tenant_id FROM tenancy_membership").all() == [(each.id,)]
    assert send("SELECT tenant_id FROM tenancy_membership").all() == []


def test_statements_sent_together_run_one_after_the_other(in_tenant: Tenant) -> None:
    row = SkuAlias(vendor_sku="A", internal_sku="B")
    with transaction.atomic(), together():
        before = send("SELECT count(*) FROM ledger_skualias", row=int)
        insert(row, SkuAlias(vendor_sku="C", internal_sku="D"))
        after = send("SELECT vendor_sku, internal_sku FROM ledger_skualias ORDER BY 1", row="{0}→{1}".format)
    assert (before.first(), after.all()) == (0, ["A→B", "C→D"])
    assert row._state.adding is False
    row.refresh_from_db()
    assert row.tenant_id == in_tenant.id


def test_errors_are_djangos_and_the_transaction_can_be_rolled_back(in_tenant: Tenant) -> None:
    def violate() -> None:
        with transaction.atomic(), together():
            insert(SkuAlias(vendor_sku="A", internal_sku="B"))
            insert(SkuAlias(vendor_sku="A", internal_sku="C"))

    with pytest.raises(IntegrityError):
        violate()
    assert SkuAlias.objects.count() == 0


def test_a_scope_that_ends_with_an_error_does_not_hide_it(tenant: Tenant) -> None:
    def violate() -> None:
        with transaction.atomic(), scope.tenant_scope(tenant.id):
            insert(SkuAlias(vendor_sku="A", internal_sku="B"), SkuAlias(vendor_sku="A", internal_sku="C"))

    with pytest.raises(IntegrityError):
        violate()
    with scope.tenant_scope(tenant.id):
        assert Membership.objects.count() == 0


def test_they_are_counted_and_planned_once(in_tenant: Tenant) -> None:
    with CaptureQueriesContext(connection) as captured, together():
        send("SELECT 1")
        send("SELECT 2")
    assert [query["sql"] for query in captured] == ["SELECT 1", "SELECT 2"]
    assert fetch_one("SHOW plan_cache_mode") == ("force_generic_plan",)
    assert fetch_one("SELECT count(*) > 0 FROM pg_prepared_statements WHERE statement = 'SELECT 1'") == (True,)
