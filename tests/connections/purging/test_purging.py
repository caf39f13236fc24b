"""What is left of a connection that was removed: figures, and nothing of the vendor's."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.db import models

from connections.models import (
    Activity,
    Connection,
    Credential,
    EntityState,
    FieldMapping,
    Integration,
    OAuthAttempt,
    QuarantinedRecord,
    Record,
    SchemaDrift,
    SeenRecords,
    SyncRun,
    SyncStep,
)
from connections.services import purging
from connections.services.connections import remove_connection
from connections.services.connectors import connector_of
from connections.services.integrations import remove_integration
from connections.services.purging import purge_connection, purge_removed
from connections.services.syncs import request_sync, run_sync
from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.sources import INCREMENT, Answer, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, synced

SECRET_NAME = "Confidential Customer Ltd"
DETAILS = {"syncId": "sync-1", "recordsProcessed": 8, "errors": 1, "error": {"message": SECRET_NAME}}
VENDORS: tuple[type[models.Model], ...] = (
    *(Record, QuarantinedRecord, SeenRecords, EntityState, SchemaDrift, OAuthAttempt, Credential),
)


def fill(connect: Connect, vendor: Source) -> Connection:
    """A connection with something in every table: a run that went well, one that met what does not fit, and errors."""
    vendor.lists["payments"] = [payment(number) for number in range(1, 8)]
    vendor.lists["payments"].append(payment(8, amount=SECRET_NAME))
    connection = connect(entity(incremental=INCREMENT))
    told = dict.fromkeys(("account_name", "display_name", "validation_error"), SECRET_NAME)
    lists = {name: [SECRET_NAME] for name in ("permissions", "missing_scopes")}
    Connection.objects.filter(pk=connection.pk).update(account_id="acct", **told, **lists)
    connection.refresh_from_db()
    run = synced(connection)
    fault = {"code": "PROVIDER_REJECTED", "message": SECRET_NAME}
    SyncRun.objects.update(error=fault)
    SyncStep.objects.update(error=fault, cursor={"after": SECRET_NAME})
    SeenRecords.objects.create(step=run.steps.get(), external_ids=[SECRET_NAME])
    Activity.objects.update(details=DETAILS)
    FieldMapping.objects.create(integration=connection.integration, entity="payments", name="x", path="x", type="text")
    SchemaDrift.objects.create(
        connection=connection, entity="payments", field=SECRET_NAME, change="new", last_seen_at=clock.now()
    )
    OAuthAttempt.objects.create(connection=connection, state_hash="x", redirect_uri="https://x", expires_at=clock.now())
    return connection


def left() -> dict[str, int]:
    """How many rows with something of the vendor's there are, by table."""
    return {model.__name__: model._default_manager.count() for model in VENDORS if model._default_manager.exists()}


def text_of(*tables: type[models.Model]) -> str:
    """Everything that these tables hold."""
    with database.cursor() as cursor:
        told = []
        for model in tables:
            cursor.execute(f"SELECT row_to_json(one)::text FROM {model._meta.db_table} AS one")
            told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


@pytest.mark.django_db(transaction=True)
def test_a_removed_connection_leaves_figures_and_nothing_of_the_vendors(connect: Connect, vendor: Source) -> None:
    connection = fill(connect, vendor)
    assert set(left()) == {model.__name__ for model in VENDORS}
    remove_connection(connection=connection, actor=CLERK)
    assert not Credential.objects.exists()
    assert purge_connection(connection.pk)
    assert left() == {}
    assert SECRET_NAME not in text_of(Connection, SyncRun, SyncStep, Activity)
    step = SyncStep.objects.get()
    assert (step.processed, step.synced, step.errors) == (8, 7, 1)
    kept = DETAILS.copy()
    del kept["error"]
    assert Activity.objects.filter(type="sync").get().details == kept
    connection.refresh_from_db()
    assert connection.purged_at is not None
    assert connection.integration.removed_at is None
    entries = AuditEntry.objects.count()
    assert (purge_connection(connection.pk), purge_removed(), AuditEntry.objects.count()) == (False, 0, entries)


@pytest.mark.django_db(transaction=True)
def test_a_removed_integration_keeps_neither_client_nor_settings_nor_mappings(connect: Connect, vendor: Source) -> None:
    integration = fill(connect, vendor).integration
    Integration.objects.update(client_id="own", sealed_client_secret="sealed", settings={"a": "b"})
    integration.refresh_from_db()
    remove_integration(integration=integration, actor=CLERK)
    integration.refresh_from_db()
    assert (integration.client_id, integration.sealed_client_secret, integration.settings) == ("", "", {})
    assert not FieldMapping.objects.exists()
    assert purge_removed() == 1
    assert left() == {}


@pytest.mark.django_db(transaction=True)
def test_a_purge_that_is_stopped_goes_on_where_it_was(
    connect: Connect, vendor: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "_BATCH", 3)
    connection = fill(connect, vendor)
    remove_connection(connection=connection, actor=CLERK)
    assert not purge_connection(connection.pk, seconds=0)
    assert (Record.objects.count(), Connection.objects.get().purged_at) == (4, None)
    assert purge_removed() == 1
    assert left() == {}


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_purged_keeps_no_other_from_it(
    connect: Connect, vendor: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = fill(connect, vendor), connect(entity("refunds"))
    for each in (first, second):
        remove_connection(connection=each, actor=CLERK)
    carry_out: Callable[..., int] = purging._carry_out

    def fail(part: str, key: Any) -> int:
        if key == first.pk:
            raise ValueError(part)
        return carry_out(part, key)

    monkeypatch.setattr(purging, "_carry_out", fail)
    assert purge_removed() == 1
    monkeypatch.undo()
    assert purge_removed() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_at_its_last_page_leaves_nothing_behind(connect: Connect, vendor: Source, tenant: Tenant) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(1, 31)]
    connection = connect(entity())
    asked, go_on = threading.Event(), threading.Event()

    def hold(path: str, query: dict[str, str]) -> Answer | None:
        if query.get("after"):
            asked.set()
            assert go_on.wait(20)
        return None

    vendor.faults.append(hold)
    run = request_sync(connection=connection, sync_type="full", actor=CLERK)

    def work() -> None:
        try:
            with scope.tenant_scope(tenant.id):
                run_sync(run.pk, connect=connector_of)
        finally:
            database.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert asked.wait(20)
        remove_connection(connection=connection, actor=CLERK)
        assert not purge_connection(connection.pk)
        assert Connection.objects.get().purged_at is None
    finally:
        go_on.set()
        worker.join(30)
    run.refresh_from_db()
    assert run.status == SyncRun.Status.CANCELLED
    assert purge_removed() == 1
    assert left() == {}


@pytest.mark.django_db(transaction=True)
def test_a_held_consent_is_left_to_whoever_has_the_vendor_take_it_back(connect: Connect, vendor: Source) -> None:
    connection = fill(connect, vendor)
    OAuthAttempt.objects.update(sealed_answer="held")
    remove_connection(connection=connection, actor=CLERK)
    assert (purge_removed(), left()) == (0, {"OAuthAttempt": 1})
    OAuthAttempt.objects.update(sealed_answer="", used_at=clock.now())
    assert (purge_removed(), left()) == (1, {})


@pytest.mark.django_db(transaction=True)
def test_what_is_not_removed_is_not_purged(connect: Connect, vendor: Source) -> None:
    connection, before = fill(connect, vendor), left()
    assert (purge_connection(connection.pk), purge_removed(), left()) == (False, 0, before)
