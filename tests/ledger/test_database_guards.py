"""What must hold of the books whoever writes, also past the services."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from integrations_site.kernel import clock, ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Account, JournalEntry, JournalLine, Posting, StockMovement
from ledger.services.items import create_item
from ledger.services.postings import post_ap, post_inventory
from tests.concurrency import eventually, somebody_waits_for_a_lock
from tests.factories import make_approved_case
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import rows

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal


def entry(*lines: tuple[str, str], number: int = 100) -> JournalEntry:
    """An entry past the services; a positive amount is a debit."""
    made = JournalEntry.objects.create(
        number=number, date=dt.date(2026, 1, 1), kind="case", posted_by="x", posted_at=clock.now(), transaction=0
    )
    add_lines(made, *lines)
    return made


def add_lines(made: JournalEntry, *lines: tuple[str, str], first: int = 1) -> None:
    JournalLine.objects.bulk_create(
        JournalLine(
            entry=made,
            position=position,
            account=Account.objects.get(code=code),
            purpose="expense",
            debit=D(amount) if D(amount) > 0 else None,
            credit=-D(amount) if D(amount) <= 0 else None,
        )
        for position, (code, amount) in enumerate(lines, first)
    )


def refused(constraint: str, act: Any) -> None:
    """`act` violates the constraint at the latest when its transaction ends, and leaves nothing."""
    before = rows()
    with pytest.raises(IntegrityError, match=constraint):
        _complete(act)
    assert rows() == before


def _complete(act: Any) -> None:
    with transaction.atomic():
        act()
        connection.check_constraints()


def test_an_entry_that_does_not_balance_cannot_be_committed() -> None:
    refused("does not balance", lambda: entry(("1200", "10"), ("2000", "-9.99")))
    refused("does not balance", lambda: entry())
    entry(("1200", "10"), ("2000", "-10"))
    connection.check_constraints()


def test_a_line_has_one_side_and_is_never_zero() -> None:
    refused("journal_line_one_side", lambda: entry(("1200", "0"), ("2000", "0")))


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_an_entry_later() -> None:
    with transaction.atomic():
        made = entry(("1200", "10"), ("2000", "-10"))
    refused("written with their entry", lambda: add_lines(made, ("1200", "5"), ("2000", "-5"), first=3))


def test_lines_need_their_entry_and_accounts_of_their_tenant(rival: Tenant) -> None:
    missing = JournalEntry(id=uuid.uuid4())
    refused("written with their entry", lambda: add_lines(missing, ("1200", "5"), ("2000", "-5")))
    with scope.tenant_scope(rival.id):
        foreign = Account.objects.get(code="1200")

    def book_on_foreign_account() -> None:
        made = entry()
        JournalLine.objects.create(entry=made, position=1, account=foreign, purpose="expense", debit=D(5))

    refused("accounts of their tenant", book_on_foreign_account)


@pytest.mark.parametrize("table", ["journalentry", "journalline", "stockmovement", "billline"])
@pytest.mark.parametrize("statement", ["UPDATE ledger_{} SET updated_at = now()", "DELETE FROM ledger_{}"])
def test_what_is_posted_is_neither_changed_nor_deleted(table: str, statement: str) -> None:
    create_item(sku="WIDGET-1", quantity=D(1), unit_cost=D(1), actor=CHIEF)
    post_ap(case_id=make_approved_case().id, actor=CHIEF)
    before = rows()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert rows() == before


@pytest.mark.parametrize(
    "change", ["item_id = gen_random_uuid()", "posting_id = gen_random_uuid()", "item_id = %(foreign)s"]
)
def test_a_movement_refers_to_an_item_and_a_posting_of_its_tenant(rival: Tenant, change: str) -> None:
    with scope.tenant_scope(rival.id):
        foreign = create_item(sku="WIDGET-1", quantity=D(1), unit_cost=D(1), actor=CHIEF)
    create_item(sku="WIDGET-1", quantity=D(1), unit_cost=D(1), actor=CHIEF)

    def copy_movement() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM ledger_stockmovement LIMIT 1; "
                f"UPDATE copied SET id = gen_random_uuid(), number = 2, {change}; "
                "INSERT INTO ledger_stockmovement SELECT * FROM copied",
                {"foreign": foreign.id},
            )

    refused("refers to what is not there", copy_movement)


def test_what_lines_and_movements_refer_to_stays_under_its_id() -> None:
    create_item(sku="WIDGET-1", quantity=D(1), unit_cost=D(1), actor=CHIEF)
    case = make_approved_case()
    post_inventory(case_id=case.id, actor=CHIEF)
    post_ap(case_id=case.id, actor=CHIEF)
    for table in ("inventoryitem", "posting", "bill", "account"):
        for statement in ("DELETE FROM ledger_{}", "UPDATE ledger_{} SET id = gen_random_uuid()"):
            refused("refer to row", lambda: run(statement.format(table)))  # noqa: B023 - run at once
    unused = Account.objects.create(code="9999", name="Unused", type="expense")
    run("DELETE FROM ledger_account WHERE code = '9999'")
    assert not Account.objects.filter(pk=unused.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_an_account_is_not_deleted_while_a_line_is_booked_on_it() -> None:
    """Whoever deletes waits for whoever books, and is refused then."""
    tenant = scope.tenant_id()
    account = Account.objects.create(code="9999", name="To be deleted", type="expense")

    def delete() -> str:
        try:
            with scope.tenant_scope(tenant):
                run("DELETE FROM ledger_account WHERE code = '9999'")
            return "deleted"
        except IntegrityError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            entry((account.code, "10"), ("2000", "-10"))
            deletion = pool.submit(delete)
            eventually(somebody_waits_for_a_lock)
        assert "refer to row" in deletion.result(10)
    assert Account.objects.filter(pk=account.pk).exists()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_case_is_in_a_system_once() -> None:
    case = make_approved_case()
    post_ap(case_id=case.id, actor=CHIEF)
    refused(
        "posting_once",
        lambda: Posting.objects.create(case=case, system="ap", result={}, posted_by="x", posted_at=clock.now()),
    )


def test_stock_is_never_negative() -> None:
    item = create_item(sku="WIDGET-1", quantity=D(1), unit_cost=D(1), actor=CHIEF)
    item.quantity = D(-1)
    refused("item_quantity_not_negative", item.save)
    assert StockMovement.objects.count() == 1


def test_parts_have_ids_of_their_own_that_begin_as_their_whole_does() -> None:
    whole = ids.new_id()
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_part_id(%s, place) FROM generate_series(-500, 500) AS place", [whole])
        made: list[uuid.UUID] = [row[0] for row in cursor.fetchall()]
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}
    assert len(set(made)) == 1001
    assert {each.bytes[:12] for each in made} == {whole.bytes[:12]}
