"""Tasks for tests: in this process and in real workers."""

from celery import shared_task

from integrations_site.kernel import request_id
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership
from integrations_site.tenancy.tasks import SystemTask, TenantTask

attempts: list[str] = []


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
