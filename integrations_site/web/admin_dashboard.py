"""What the admin's first page says of the hub as a whole."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from integrations_site.kernel import clock
from integrations_site.tenancy.models import FailedTask, Tenant
from ledger.services import figures as ledger
from notifications.services import backlog

_DAY = dt.timedelta(days=1)


def figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the figures to the context of the page (unfold's DASHBOARD_CALLBACK)."""
    return context | {"figures": list(_figures())}


def _figures() -> Iterator[dict[str, Any]]:
    since = clock.now() - _DAY
    outbox, deliveries, cases = backlog.outbox(since=since), backlog.deliveries(since=since), ledger.count_cases()
    active = Tenant.objects.filter(is_active=True).count()
    failed = FailedTask.objects.filter(retried_at=None).count()
    yield _figure("Active tenants", active, "tenancy_tenant")
    yield _figure("Cases that need a person", cases.get("needs_review", 0), "ledger_case", is_bad=True)
    yield _figure("Tasks that gave up", failed, "tenancy_failedtask", is_bad=True)
    yield _figure("Events that wait", outbox.pending, "notifications_event")
    yield _figure("Events given up, last day", outbox.given_up, "notifications_event", is_bad=True)
    yield _figure("Deliveries given up, last day", deliveries.given_up, "notifications_delivery", is_bad=True)


def _figure(title: str, number: int, model: str, *, is_bad: bool = False) -> dict[str, Any]:
    link = reverse(f"admin:{model}_changelist")
    return {"title": title, "number": number, "link": link, "is_bad": is_bad and number > 0}
