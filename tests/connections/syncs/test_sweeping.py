"""Whose turn it is when more is due than one sweep gets done."""

import datetime as dt
from collections.abc import Iterator

import pytest

from catalog.models import Provider
from connections.models import Connection, SyncRun
from connections.services.syncs import resume_due, schedule_due, sweeping
from connections.services.syncs.waking import send_after_commit
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.world import make_connection, make_key_provider

pytestmark = pytest.mark.django_db(transaction=True)
NEVER = {"cron": "0 0 30 2 *"}


@pytest.fixture(autouse=True)
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_AT_ONCE", 1)


@pytest.fixture
def provider(tenant: Tenant) -> Iterator[Provider]:
    """A provider; the tests sweep in no tenant's scope."""
    with scope.tenant_scope(tenant.pk):
        made = make_key_provider("https://api.acme.example")
    with scope.no_tenant():
        yield made


def waiting(tenant: Tenant, provider: Provider, minutes: int, *, status: str = "partial") -> SyncRun:
    """A run that has been due for so long, of a connection of its own."""
    with scope.tenant_scope(tenant.pk):
        return run_of(make_connection(provider), minutes, status=status)


def run_of(connection: Connection, minutes: int, *, status: str = "partial") -> SyncRun:
    at = clock.now() - dt.timedelta(minutes=minutes)
    return SyncRun.objects.create(
        connection=connection,
        sync_type="full",
        trigger="manual",
        data_types=["payments"],
        status=status,
        started_at=at,
        resume_at=at if status == "partial" else None,
    )


def begun() -> set[object]:
    """The runs that were sent to workers."""
    with scope.all_tenants():
        return set(SyncRun.objects.filter(status="queued").values_list("pk", flat=True))


def test_the_oldest_goes_on_first(tenant: Tenant, provider: Provider) -> None:
    runs = {minutes: waiting(tenant, provider, minutes).pk for minutes in (2, 9, 5)}
    for minutes in (9, 5, 2):
        before = begun()
        assert resume_due() == 1
        assert begun() - before == {runs[minutes]}
    with scope.all_tenants():
        assert set(Connection.objects.values_list("sync_status", flat=True)) == {"running"}


def test_tenants_take_turns(tenant: Tenant, rival: Tenant, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_AT_ONCE", 2)
    many = [waiting(tenant, provider, minutes) for minutes in (50, 40, 30)]
    one = waiting(rival, provider, 1)
    assert resume_due() == 2
    assert begun() == {many[0].pk, one.pk}


def test_what_cannot_go_on_now_keeps_nothing_else_from_it(tenant: Tenant, provider: Provider) -> None:
    """Another run of the same connection is at work; and one that nothing can be done with."""
    for _ in range(2):
        stuck = waiting(tenant, provider, 60)
        with scope.tenant_scope(tenant.pk):
            run_of(stuck.connection, 0, status="running")
    with scope.all_tenants():
        SyncRun.objects.filter(status="running").update(lease=stuck.pk, heartbeat_at=clock.now())
    due = waiting(tenant, provider, 1)
    assert resume_due() == 1
    assert begun() == {due.pk}


def test_a_fault_keeps_nothing_else_from_its_turn(
    tenant: Tenant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, due = waiting(tenant, provider, 60), waiting(tenant, provider, 1)

    def send(run: SyncRun) -> None:
        assert run.pk != broken.pk
        send_after_commit(run)

    monkeypatch.setattr(sweeping, "send_after_commit", send)
    assert resume_due() == 1
    assert begun() == {due.pk}


def test_what_never_comes_keeps_no_other_from_being_planned(tenant: Tenant, rival: Tenant, provider: Provider) -> None:
    with scope.tenant_scope(tenant.pk):
        for _ in range(3):
            make_connection(provider, status="active", settings={"syncFrequency": NEVER})
    with scope.tenant_scope(rival.pk):
        planned = make_connection(provider, status="active", settings={"syncFrequency": "hourly"})
    schedule_due()
    with scope.tenant_scope(rival.pk):
        planned.refresh_from_db()
    assert planned.next_sync_at is not None
