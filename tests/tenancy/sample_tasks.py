"""Tasks for tests: in this process and in real workers."""

import time
from contextlib import suppress

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from integrations_site.kernel import request_id
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership
from integrations_site.tenancy.tasks import HubTask, SystemTask, TenantTask

attempts: list[str] = []
is_broken = [True]


@shared_task(base=TenantTask, name="test.tell", autoretry_for=())
def tell(*, tenant_id: str, password: str = "") -> None:
    """Fails with what it can see, so that the failure's record tells it."""
    seen = f"tenant={scope.current().tenant_id} rows={Membership.objects.count()} request={request_id.current()}"
    raise ValueError(f"{seen}\nDETAIL: Key (email)=(person@example.com)")


@shared_task(base=TenantTask, name="test.unavailable", max_retries=3)
def unavailable(*, tenant_id: str) -> None:
    """Never succeeds."""
    attempts.append(tenant_id)
    raise TransientError("still down")


@shared_task(base=SystemTask, name="test.sweep")
def sweep() -> int:
    """Counts what it sees."""
    return Membership.objects.count()


@shared_task(base=SystemTask, name="test.mend")
def mend() -> None:
    """Fails as long as something is broken."""
    if is_broken[0]:
        raise ValueError("broken")


@shared_task(base=HubTask, name="test.hang", soft_time_limit=1, time_limit=2)
def hang(*, seconds: float) -> None:
    """Does not heed its soft limit, and has to be killed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(SoftTimeLimitExceeded):
            time.sleep(seconds)
