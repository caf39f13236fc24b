"""One of everything that a tenant owns, for tests of the wall between tenants."""

import datetime as dt
from decimal import Decimal

from connections.models import (
    Activity,
    Connection,
    EntityState,
    FieldMapping,
    OAuthAttempt,
    OutsideSecret,
    QuarantinedRecord,
    Record,
    SchemaDrift,
    SyncRun,
    SyncStep,
)
from connections.models.syncs import SeenRecords
from connections.services.connections import connect
from connections.services.integrations import IntegrationInput, create_integration
from integrations_site.files.models import StoredFile
from integrations_site.kernel import clock
from integrations_site.tenancy.models import PublicId
from ledger.models import (
    Account,
    AccountMapping,
    Artifact,
    Bill,
    Case,
    ExchangeRate,
    InventoryItem,
    JournalEntry,
    Posting,
    SkuAlias,
    StockMovement,
    TaxRule,
)
from ledger.services.postings import post_accounting, post_ap, post_inventory
from notifications.models import Delivery, Event, WebhookEndpoint
from tests.factories.catalog import make_provider
from tests.factories.ledger import CHIEF, make_approved_case, make_vendor


def one_of_each() -> dict[str, PublicId]:
    """A thing of every kind, by the kind's name, all of the tenant in scope."""
    things = [*_masters(), *_posted(), *_files(), *_notifications(), *_connections()]
    return {thing.id_kind: thing for thing in things}


def _masters() -> list[PublicId]:
    account = Account.objects.get(code="1000")
    return [
        account,
        InventoryItem.objects.create(sku="WIDGET-1"),
        AccountMapping.objects.select_related("account").earliest("pk"),
        TaxRule.objects.create(category="S", rate=Decimal(19), is_recoverable=True),
        ExchangeRate.objects.create(currency="EUR", date=dt.date(2026, 1, 1), rate=Decimal("1.1")),
        SkuAlias.objects.create(vendor_sku="W1", internal_sku="WIDGET-1"),
    ]


def _posted() -> list[PublicId]:
    vendor = make_vendor()
    case = make_approved_case(vendor)
    for post in (post_inventory, post_ap, post_accounting):
        post(case_id=case.id, actor=CHIEF)
    first = [model.objects.first() for model in (Posting, Bill, JournalEntry, StockMovement)]
    return [vendor, case, *(thing for thing in first if thing)]


def _files() -> list[PublicId]:
    file = StoredFile.objects.create(
        key="k", name="a.xml", content_type="application/xml", size_bytes=1, sha256="0" * 64, created_by="user-x"
    )
    return [file, Artifact.objects.create(case=Case.objects.get(), file=file, kind=Artifact.Kind.ORIGINAL)]


def _notifications() -> list[PublicId]:
    endpoint = WebhookEndpoint.objects.create(url="https://example.com/hook", sealed_secret="sealed")
    event = Event.objects.create(type="case.approved", subject="case-x", payload={}, next_attempt_at=clock.now())
    delivery = Delivery.objects.create(
        endpoint=endpoint, event=event, event_type=event.type, payload={}, next_attempt_at=clock.now()
    )
    return [endpoint, event, delivery]


def _connections() -> list[PublicId]:
    provider = make_provider()
    integration = create_integration(provider=provider, data=IntegrationInput(name="Ours"), actor=CHIEF)
    key = {"apiKey": "their-key"}
    connection = connect(integration=integration, user_id=None, kind="api_key", credentials=key, actor=CHIEF)
    OAuthAttempt.objects.create(
        connection=connection,
        state_hash=connection.public_id,
        redirect_uri="https://example.com",
        expires_at=clock.now(),
    )
    OutsideSecret.objects.create(store="aws", location=f"hub/{connection.public_id}")
    left = [_synced(connection), SchemaDrift.objects.get(), FieldMapping.objects.get()]
    return [integration, connection, *left, Activity.objects.earliest("pk")]


def _synced(connection: Connection) -> SyncRun:
    """A sync, and all that syncs leave."""
    now, of = clock.now(), {"connection": connection, "entity": "Account"}
    run = SyncRun.objects.create(
        connection=connection, sync_type="full", trigger="manual", data_types=["Account"], started_at=now
    )
    step = SyncStep.objects.create(run=run, entity="Account", position=0, is_full=True)
    SeenRecords.objects.create(step=step, external_ids=["1"])
    QuarantinedRecord.objects.create(step=step, **of, raw="{", reason="No JSON")
    EntityState.objects.create(**of)
    SchemaDrift.objects.create(**of, field="name", change="new", last_seen_at=now)
    FieldMapping.objects.create(integration=connection.integration, entity="Account", name="a", path="a", type="text")
    Record.objects.create(
        **of,
        integration=connection.integration,
        external_id="1",
        raw=b"{}",
        data={},
        hash=b"0" * 16,
        title="",
        changed_at=now,
    )
    return run
