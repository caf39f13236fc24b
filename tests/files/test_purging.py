"""What nobody needs is removed: expired files, and content without a row. Nothing else is."""

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.files import services, storage, tasks
from integrations_site.files.errors import StorageUnavailableError
from integrations_site.files.models import StoredFile
from integrations_site.files.purging import DAYS_SWEPT, GRACE, ROUND_OF_DAYS, purge_expired, sweep_orphans
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.files import contents
from tests.files.conftest import below

HOUR = dt.timedelta(hours=1)


def keep(tenant: Tenant, actor: Actor, name: str, expires_in: dt.timedelta | None = None) -> StoredFile:
    """A file of the tenant."""
    expires_at = clock.now() + expires_in if expires_in else None
    with scope.tenant_scope(tenant.id):
        return services.store(content=contents.PDF, name=name, actor=actor, expires_at=expires_at)


@pytest.mark.django_db(transaction=True)
def test_files_of_every_tenant_whose_time_is_over_are_removed(
    tenant: Tenant, rival: Tenant, actor: Actor, stored_in: Path
) -> None:
    kept = [keep(tenant, actor, "kept.pdf"), keep(rival, actor, "later.pdf", 3 * HOUR)]
    gone = [keep(tenant, actor, f"gone{n}.pdf", HOUR) for n in range(3)] + [keep(rival, actor, "gone.pdf", HOUR)]
    assert purge_expired() == 0
    with time_machine.travel(clock.now() + 2 * HOUR):
        assert purge_expired() == 4
        assert purge_expired() == 0
    assert below(stored_in) == sorted(file.key for file in kept)
    with scope.all_tenants():
        assert {file.pk for file in StoredFile.objects.all()} == {file.pk for file in kept}
        entry = AuditEntry.objects.get(action="files.purged", tenant=tenant)
    assert {file["id"] for file in entry.data["files"]} == {file.public_id for file in gone[:3]}
    assert entry.actor == "hub"


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_does_not_remove_keeps_no_other_file(
    tenant: Tenant, actor: Actor, stored_in: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, _ = (keep(tenant, actor, name, HOUR) for name in ("stuck.pdf", "gone.pdf"))
    remove = storage.remove

    def failing(key: str) -> None:
        if key == stuck.key:
            raise StorageUnavailableError("It does not answer")
        remove(key)

    monkeypatch.setattr(storage, "remove", failing)
    with time_machine.travel(clock.now() + 2 * HOUR):
        assert purge_expired() == 2
    assert below(stored_in) == [stuck.key]
    assert "It does not answer" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_content_without_a_row_is_removed_once_it_is_old_enough(tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    kept = keep(tenant, actor, "kept.pdf")
    with scope.tenant_scope(tenant.id):
        orphan = services.upload(content=contents.PDF, name="orphan.pdf")
    assert sweep_orphans() == 0
    assert below(stored_in) == sorted([kept.key, orphan.key])
    with time_machine.travel(clock.now() + GRACE + HOUR):
        assert sweep_orphans() == 1
    assert below(stored_in) == [kept.key]


@pytest.mark.django_db(transaction=True)
def test_a_sweep_looks_at_the_days_of_its_window_alone(
    tenant: Tenant, actor: Actor, stored_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    names_below = storage.names_below

    def look(prefix: str) -> tuple[list[str], list[str]]:
        looked_at.append(prefix)
        return names_below(prefix)

    monkeypatch.setattr(storage, "names_below", look)
    keep(tenant, actor, "kept.pdf")
    with scope.tenant_scope(tenant.id):
        orphan = services.upload(content=contents.PDF, name="orphan.pdf")
    with time_machine.travel(clock.now() + dt.timedelta(days=DAYS_SWEPT + 1)):
        assert sweep_orphans() == 0
    assert len(looked_at) == DAYS_SWEPT
    assert orphan.key in below(stored_in)
    with time_machine.travel(clock.now() + dt.timedelta(days=DAYS_SWEPT)):
        assert sweep_orphans() == 1, "the last day of the window"


@pytest.mark.django_db(transaction=True)
def test_a_foreign_folder_in_the_storage_is_left_alone(tenant: Tenant, stored_in: Path) -> None:
    foreign = stored_in / tenant.id.hex / f"{clock.now():%Y/%m/%d}" / "not-an-id" / "a.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("x")
    with time_machine.travel(clock.now() + GRACE + HOUR):
        assert sweep_orphans() == 0
    assert foreign.exists()


@pytest.mark.django_db(transaction=True)
def test_the_tasks_do_both(tenant: Tenant, actor: Actor, stored_in: Path) -> None:
    keep(tenant, actor, "gone.pdf", HOUR)
    with scope.tenant_scope(tenant.id):
        services.upload(content=contents.PDF, name="orphan.pdf")
    with time_machine.travel(clock.now() + GRACE + HOUR):
        tasks.purge()
        tasks.sweep()
    assert below(stored_in) == []


@pytest.mark.django_db(transaction=True)
def test_old_content_that_the_storage_did_not_remove_goes_within_a_round(
    tenant: Tenant, actor: Actor, stored_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(key: str) -> None:
        raise StorageUnavailableError("The file storage does not answer; try again")

    kept, gone = keep(tenant, actor, "kept.pdf"), keep(tenant, actor, "gone.pdf")
    now = clock.now()
    with scope.tenant_scope(tenant.id), monkeypatch.context() as outage:
        outage.setattr(storage, "remove", refuse)
        services.delete(file=gone, actor=actor)
    assert gone.key in below(stored_in)
    swept = 0
    for day in range(400, 400 + ROUND_OF_DAYS):
        with time_machine.travel(now + dt.timedelta(days=day)):
            swept += sweep_orphans()
    assert (swept, below(stored_in)) == (1, [kept.key])
