"""What the clock starts for files."""

from celery import shared_task

from integrations_site.files import purging
from integrations_site.tenancy.tasks import SystemTask


@shared_task(base=SystemTask, name="files.purge")
def purge() -> None:
    """Removes files whose time is over."""
    purging.purge_expired()


@shared_task(base=SystemTask, name="files.sweep")
def sweep() -> None:
    """Removes stored content that belongs to no file."""
    purging.sweep_orphans()
