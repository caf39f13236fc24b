"""Entries are sealed at commit: one chain a tenant, in one order, whoever commits at the same time."""

import threading
import uuid
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.services import announce
from integrations_site.audit.verification import head_of, verify
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership, Tenant, User
from tests.audit.chains import CLERK, announce_in, at_once, entries
from tests.factories import make_member, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_threads_of_one_tenant_make_one_chain(tenant: Tenant) -> None:
    before = len(entries(tenant.id))
    works = [partial(announce_in, tenant.id, f"a.{number}", f"b.{number}") for number in range(20)]
    assert at_once(*works) == []
    chain = entries(tenant.id)
    assert [entry.number for entry in chain] == list(range(1, before + 41))
    pairs = [entry.action for entry in chain[before:]]
    assert all(second == f"b.{first[2:]}" for first, second in zip(pairs[::2], pairs[1::2], strict=True))
    assert verify(tenant.id).findings == []
    assert head_of(tenant.id).number == before + 40


def test_threads_of_several_tenants_make_a_chain_each() -> None:
    tenants = [make_tenant() for _ in range(3)]
    works = [partial(announce_in, tenant.id, "a.done") for tenant in tenants for _ in range(7)]
    assert at_once(*works) == []
    for tenant in tenants:
        assert sum(entry.action == "a.done" for entry in entries(tenant.id)) == 7
        assert verify(tenant.id).holds


def announce_across(*tenant_ids: uuid.UUID) -> None:
    """Ten transactions with an entry for each tenant."""
    for _ in range(10):
        with scope.all_tenants(), transaction.atomic():
            for tenant_id in tenant_ids:
                announce(action="sweep.done", actor=CLERK, tenant_id=tenant_id)


def test_transactions_over_several_tenants_in_opposite_orders_do_not_deadlock() -> None:
    one, two, three = (make_tenant().id for _ in range(3))
    orders = [(one, two, three), (three, two, one), (two, three, one), (three, one, two)]
    assert at_once(*(partial(announce_across, *order) for order in orders)) == []
    for tenant_id in (one, two, three):
        assert sum(entry.action == "sweep.done" for entry in entries(tenant_id)) == 40
        assert verify(tenant_id).holds


def test_whoever_waits_for_a_locked_row_does_not_hold_the_chain_meanwhile(tenant: Tenant) -> None:
    """The one refers to a person; the other has locked that person and seals an entry of the same tenant."""
    person = make_member(make_tenant())
    locked, waiting = threading.Event(), threading.Event()

    def lock_and_announce() -> None:
        with scope.tenant_scope(tenant.id), transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            locked.set()
            assert waiting.wait(30)
            announce(action="person.checked", actor=CLERK)

    def refer() -> None:
        assert locked.wait(30)
        with scope.tenant_scope(tenant.id), transaction.atomic():
            announce(action="person.joined", actor=CLERK)
            threading.Thread(target=_set_when_waiting, args=(connection.connection.info.backend_pid, waiting)).start()
            Membership.objects.create(tenant=tenant, user=person)  # waits here, while its reference is checked

    assert at_once(lock_and_announce, refer) == []
    assert [entry.action for entry in entries(tenant.id)][-2:] == ["person.checked", "person.joined"]
    assert verify(tenant.id).holds


def _set_when_waiting(backend: int, waiting: threading.Event) -> None:
    try:
        while True:
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [backend])
                if cursor.fetchone() != (0,):
                    break
    finally:
        waiting.set()
        connection.close()


def test_whoever_lies_about_where_a_chain_ends_is_refused(tenant: Tenant) -> None:
    """The hub's role may set the setting by which a seal finds the end of its chain again."""
    sealed, lied = threading.Event(), threading.Event()

    def tell_the_truth() -> None:
        with scope.tenant_scope(tenant.id), transaction.atomic(), connection.cursor() as cursor:
            announce(action="true", actor=CLERK)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            sealed.set()
            assert lied.wait(30)

    def lie() -> None:
        assert sealed.wait(30)
        with scope.tenant_scope(tenant.id), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ctid::text FROM audit_audithead WHERE chain = %s", [tenant.id])
            [place] = cursor.fetchone()
            announce(action="false", actor=CLERK)
            cursor.execute("SELECT set_config('hub.head', %s, true)", [f"{tenant.id} {place}"])
            threading.Thread(target=_set_when_waiting, args=(connection.connection.info.backend_pid, lied)).start()

    [error] = at_once(tell_the_truth, lie)
    assert isinstance(error, DatabaseError)
    assert [entry.action for entry in entries(tenant.id)][-1] == "true"
    assert verify(tenant.id).holds


def test_what_is_of_no_tenant_that_there_is_is_refused() -> None:
    with scope.tenant_scope(ids.new_id()), pytest.raises(IntegrityError), transaction.atomic():
        announce(action="forged", actor=CLERK)


def test_an_entry_of_the_tenant_that_stands_for_the_hub_is_refused(tenant: Tenant) -> None:
    with scope.all_tenants(), pytest.raises(IntegrityError, match="audit_entry_not_of_nil"), transaction.atomic():
        announce(action="forged", actor=CLERK, tenant_id=ids.NIL)
    assert verify(None).holds


@transaction.atomic
def announce_and_fail(action: str) -> None:
    """A transaction, or a savepoint inside one, that is undone."""
    announce(action=action, actor=CLERK)
    raise LookupError


def test_what_is_rolled_back_leaves_nothing(tenant: Tenant) -> None:
    before = head_of(tenant.id)

    with scope.tenant_scope(tenant.id), pytest.raises(LookupError):
        announce_and_fail("case.approved")
    assert head_of(tenant.id) == before
    assert "case.approved" not in [entry.action for entry in entries(tenant.id)]


def test_of_nested_savepoints_only_what_stands_is_sealed(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id), transaction.atomic():
        announce(action="outer", actor=CLERK)
        with transaction.atomic():
            announce(action="inner.kept", actor=CLERK)
            with pytest.raises(LookupError):
                announce_and_fail("inner.undone")
        announce(action="last", actor=CLERK)
    assert [entry.action for entry in entries(tenant.id)][-3:] == ["outer", "inner.kept", "last"]
    assert verify(tenant.id).holds


def test_a_savepoint_that_was_undone_takes_its_announcement_along(tenant: Tenant) -> None:
    """The row change after it is unannounced again, and therefore recorded."""
    with scope.tenant_scope(tenant.id), transaction.atomic():
        with pytest.raises(LookupError):
            announce_and_fail("undone")
        Tenant.objects.filter(pk=tenant.pk).update(name="Renamed")
    assert [entry.action for entry in entries(tenant.id)][-1] == "row.update"


def test_constraints_made_immediate_in_the_middle_seal_at_once(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id), transaction.atomic(), connection.cursor() as cursor:
        first = announce(action="first", actor=CLERK)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert AuditEntry.objects.get(pk=first).hash
        announce(action="second", actor=CLERK)
    assert [entry.action for entry in entries(tenant.id)][-2:] == ["first", "second"]
    assert verify(tenant.id).holds


def test_a_transaction_of_many_entries_seals_them_in_their_order(tenant: Tenant) -> None:
    other = make_tenant()
    with scope.all_tenants(), transaction.atomic():
        for number in range(600):
            owner = (tenant, other, tenant)[number % 3]
            announce(action=f"step.{number}", actor=CLERK, tenant_id=owner.id)
    for owner, wanted in ((tenant, (0, 2)), (other, (1,))):
        made = [entry.action for entry in entries(owner.id) if entry.action.startswith("step.")]
        assert made == [f"step.{number}" for number in range(600) if number % 3 in wanted]
        assert verify(owner.id).holds


def test_announcing_outside_a_transaction_is_refused(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id), pytest.raises(transaction.TransactionManagementError):
        announce(action="case.approved", actor=CLERK)


def test_nobody_numbers_or_seals_an_entry_himself(tenant: Tenant) -> None:
    announce_in(tenant.id, "real")
    head = head_of(tenant.id)
    forged = entries(tenant.id)[-1]
    for change in ({"number": head.number + 1}, {"hash": "0" * 64}, {"previous_hash": head.hash}):
        with scope.tenant_scope(tenant.id), pytest.raises(DatabaseError, match="sealed by the database alone"):
            AuditEntry.objects.create(action="forged", actor="x", at=forged.at, **change)
    assert head_of(tenant.id) == head
