"""One of everything that a tenant owns, for tests of the wall between tenants."""

import datetime as dt
from decimal import Decimal

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
from tests.factories.ledger import CHIEF, make_approved_case, make_vendor


def one_of_each() -> dict[str, PublicId]:
    """A thing of every kind, by the kind's name, all of the tenant in scope."""
    things = [*_masters(), *_posted(), *_files(), *_notifications()]
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
