"""Prepared statements: in the scope, in the transaction, and exact about what they are given."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import Reply, array, fetch_one, insert, packed, send, together
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


@pytest.mark.django_db
@pytest.mark.parametrize("values", [[], [b"a"], [b"", None, "é\\,{}".encode(), b"NULL"]])
def test_a_packed_array_arrives_as_it_was(values: list[bytes | None]) -> None:
    texts = [None if value is None else value.decode() for value in values]
    row = fetch_one("SELECT %s::text[], %s::bytea[]", [packed(values, 25), packed(values, 17)])
    assert row == (texts, values)


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


class TestTogether:
    """What shares a round trip stands or falls together, and leaves the connection as it should be."""

    def test_more_than_buffers_hold_goes_both_ways(self) -> None:
        size = 3_000_000
        with together():
            long: list[Reply[Any]] = [send("SELECT repeat('x', %s::int)", [size]) for _ in range(3)]
            lengths: list[Reply[Any]] = [send("SELECT length(%s::text)", ["y" * size]) for _ in range(3)]
        assert [len(row[0]) for reply in long for row in reply.all()] == [size] * 3
        assert [reply.first() for reply in lengths] == [(size,)] * 3

    def test_an_answer_can_be_awaited_before_the_end(self) -> None:
        with together():
            first = send("SELECT 1", row=int)
            assert first.first() == 1
            with together():
                second = send("SELECT %(a)s::int + %(b)s::int + %(a)s::int", {"a": 1, "b": 2}, row=int)
        assert second.first() == 4

    @pytest.mark.django_db(transaction=True)
    def test_the_first_error_ends_all_and_the_next_statement_works(self, in_tenant: Tenant) -> None:
        replies: list[Any] = []

        def fail() -> None:
            with transaction.atomic(), together():
                insert(SkuAlias(vendor_sku="A", internal_sku="B"))
                replies.extend([send("SELECT 1 / %s::int", [0]), send("SELECT 'never run'")])

        with pytest.raises(DataError, match="division by zero"):
            fail()
        with pytest.raises(OperationalError, match="given up"):
            replies[1].all()
        assert not SkuAlias.objects.exists()
        assert fetch_one("SELECT 1 / %s::int", [1]) == (1,)
        assert fetch_one("SELECT 'never run'") == ("never run",)

    @pytest.mark.django_db(transaction=True)
    def test_an_exception_of_the_code_undoes_what_was_sent(self, in_tenant: Tenant) -> None:
        def fail() -> None:
            with transaction.atomic(), together():
                insert(SkuAlias(vendor_sku="A", internal_sku="B"))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert not SkuAlias.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_a_connection_that_breaks_says_so_and_is_replaced(self) -> None:
        def lose_connection() -> None:
            with transaction.atomic(), together():
                send("RESET ROLE")
                send("SELECT pg_terminate_backend(pg_backend_pid())")
                send("SELECT 1")

        with pytest.raises(OperationalError):
            lose_connection()
        connection.close()
        assert fetch_one("SELECT 1") == (1,)

    def test_djangos_own_statements_are_refused_inside(self, in_tenant: Tenant) -> None:
        with pytest.raises(OperationalError, match="pipeline mode"), together():
            SkuAlias.objects.exists()
        assert not SkuAlias.objects.exists()
