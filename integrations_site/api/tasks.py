"""What the clock starts for the API."""

from celery import shared_task

from integrations_site.api import retention
from integrations_site.tenancy.tasks import SystemTask


@shared_task(base=SystemTask, name="api.purge_idempotency_keys")
def purge_idempotency_keys() -> None:
    """Forgets idempotency keys whose day is over."""
    retention.purge()
