"""What webhooks ask for while a run is under way, or waits: read once more after it, once."""

import datetime as dt

import pytest
import time_machine
from django.db import connection as database

from connections.models import Connection, Integration, SyncRun
from connections.services.syncs import cancel_sync, ending, leasing, request_sync, resume_due, run_sync
from connections.services.syncs.beginning import begin_run
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.sources import INCREMENT, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, live, step_of, synced
from tests.connections.syncs.test_runs import forget_pauses

pytestmark = pytest.mark.django_db(transaction=True)


def tell(connection: Connection, *data_types: str) -> SyncRun:
    """A vendor's webhook came."""
    trigger = SyncRun.Trigger.WEBHOOK
    return request_sync(connection=connection, data_types=data_types, trigger=trigger, actor=HUB)


@pytest.fixture
def connection(vendor: Source, connect: Connect) -> Connection:
    vendor.lists |= {"payments": [payment(n) for n in range(25)], "invoices": [payment(n) for n in range(100, 105)]}
    return connect(entity(incremental=INCREMENT), entity("invoices", incremental=INCREMENT))


@pytest.fixture
def run(connection: Connection) -> SyncRun:
    """A run of the payments during which webhooks come: the first payment was read before it changed."""
    return request_sync(connection=connection, sync_type="full", data_types=["payments"], actor=CLERK)


@pytest.fixture
def busy(vendor: Source, connection: Connection, run: SyncRun, in_tenant: Tenant) -> SyncRun:
    told: list[SyncRun] = []

    def change(path: str, query: dict[str, str]) -> None:
        if query.get("after") == "p000009" and not told:
            vendor.lists["payments"][0] |= {"updated": "2026-01-02T00:00:00Z", "amount": 1}
            with scope.tenant_scope(in_tenant.pk):
                told.extend([tell(connection, "payments"), tell(connection, "invoices"), tell(connection, "payments")])
            database.close()
            assert {each.pk for each in told} == {run.pk}

    vendor.faults.append(change)
    return run


def test_what_is_not_allowed_any_more_does_not_follow(vendor: Source, busy: SyncRun, in_tenant: Tenant) -> None:
    def forbid(path: str, query: dict[str, str]) -> None:
        if query.get("after") == "p000019":  # after the webhooks
            with scope.tenant_scope(in_tenant.pk):
                _allow_payments_alone(busy.connection.integration)
            database.close()

    vendor.faults.append(forbid)
    run_sync(busy.pk)
    after = SyncRun.objects.exclude(pk=busy.pk).get()
    assert (after.status, after.data_types) == ("queued", ["payments"])


def test_many_webhooks_during_a_run_are_followed_by_one_run(vendor: Source, busy: SyncRun) -> None:
    run_sync(busy.pk)
    busy.refresh_from_db()
    assert (busy.status, live(busy.connection)["p000000"].data["amount"]) == ("completed", 0.05)
    after = SyncRun.objects.exclude(pk=busy.pk).get()
    assert (after.status, after.trigger, after.sync_type) == ("queued", "webhook", "incremental")
    assert after.data_types == ["invoices", "payments"]
    run_sync(after.pk)
    after.refresh_from_db()
    assert (after.status, after.error) == ("completed", None)
    assert live(busy.connection)["p000000"].data["amount"] == 0.01
    assert SyncRun.objects.count() == 2
    assert not SyncRun.objects.exclude(follow_up=[]).exists()


def test_a_worker_that_dies_at_the_end_leaves_one_to_follow(busy: SyncRun, monkeypatch: pytest.MonkeyPatch) -> None:

    def die(**about: object) -> None:
        begin_run(**about)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ending, "begin_run", die)
        with pytest.raises(KeyboardInterrupt):
            run_sync(busy.pk)
    busy.refresh_from_db()
    assert (busy.status, busy.follow_up, SyncRun.objects.count()) == ("running", ["invoices", "payments"], 1)
    SyncRun.objects.update(heartbeat_at=clock.now() - leasing.SILENCE)
    run_sync(busy.pk)
    assert [each.status for each in SyncRun.objects.order_by("started_at")] == ["completed", "queued"]
    assert not run_sync(busy.pk)
    assert SyncRun.objects.count() == 2


def test_what_has_not_begun_will_read_it(run: SyncRun) -> None:
    assert tell(run.connection, "payments") == run
    run_sync(run.pk)
    assert SyncRun.objects.count() == 1


def test_whoever_cancels_wants_nothing_to_follow(run: SyncRun) -> None:
    tell(run.connection, "invoices")
    cancel_sync(run=run, actor=CLERK)
    assert SyncRun.objects.count() == 1


def test_a_run_that_waits_is_followed_when_it_has_gone_on(vendor: Source, connection: Connection) -> None:
    vendor.faults.append(lambda path, query: (429, {"Retry-After": "600"}, b"{}") if query.get("after") else None)
    run = synced(connection, "full", "payments")
    assert run.resume_at is not None
    assert tell(connection, "payments").pk == tell(connection, "payments").pk == run.pk
    other = tell(connection, "invoices")
    assert other.pk != run.pk
    vendor.faults.clear()
    forget_pauses()
    run_sync(other.pk)
    with time_machine.travel(run.resume_at + dt.timedelta(seconds=1)):
        assert resume_due() == 1
        run_sync(run.pk)
    after = SyncRun.objects.exclude(pk__in=[run.pk, other.pk]).get()
    assert (after.status, after.data_types, step_of(after).is_full) == ("queued", ["payments"], False)


def _allow_payments_alone(integration: Integration) -> None:
    provider = integration.provider
    shards = [{"entity": "payments", "shardType": "c_payment"}, {"entity": "invoices", "shardType": "c_invoice"}]
    provider.definition, provider.updated_at = provider.definition | {"entityMappings": shards}, clock.now()
    provider.save()
    integration.allowed_shard_types = ["c_payment"]
    integration.save()
