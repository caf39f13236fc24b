"""What the dashboard shows of the tenant in scope."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from integrations_site.kernel import clock
from integrations_site.tenancy.models import FailedTask
from ledger.services.overview import LedgerOverview, overview
from notifications.services import backlog
from notifications.services.backlog import Backlog, FailingEndpoint

_WEEK = dt.timedelta(days=7)
_ENDPOINTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What waits, what failed, and what is owed."""

    ledger: LedgerOverview
    deliveries: Backlog
    failing_endpoints: Sequence[FailingEndpoint]
    failed_tasks: int

    @property
    def needs_nobody(self) -> bool:
        """Whether nothing waits for a person."""
        return not (self.ledger.reviews or self.deliveries.given_up or self.failing_endpoints or self.failed_tasks)


def read() -> Dashboard:
    """The tenant in scope; the number of statements is constant."""
    return Dashboard(
        ledger=overview(),
        deliveries=backlog.deliveries(since=clock.now() - _WEEK),
        failing_endpoints=backlog.failing_endpoints(limit=_ENDPOINTS_SHOWN),
        failed_tasks=FailedTask.objects.filter(retried_at=None).count(),
    )
