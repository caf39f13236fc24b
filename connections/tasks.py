"""What workers do for connections."""

import uuid

from celery import current_app, shared_task

from connections.services.oauth import drop_lapsed
from connections.services.purging import purge_removed
from connections.services.retention import forget_activities, forget_consents, forget_runs, forget_seen_ids
from connections.services.secrets.keeping import PLACE_SECRETS
from connections.services.secrets.placing import place_secrets
from connections.services.syncs import RUN_SYNC, resume_due, run_sync, schedule_due
from connections.services.webhooks import HANDLE_WEBHOOKS, forget_webhooks, handle_waiting
from integrations_site.tenancy.tasks import SystemTask, TenantTask
from notifications.services.waking import begin


@shared_task(base=TenantTask, name=RUN_SYNC)
def work_on_sync(*, tenant_id: str, run_id: str) -> None:
    """Works on a sync; one that takes longer than a task may is sent again and goes on where it was."""
    if run_sync(uuid.UUID(run_id)):
        current_app.send_task(RUN_SYNC, kwargs={"tenant_id": tenant_id, "run_id": run_id})


@shared_task(base=SystemTask, name="connections.resume_syncs")
def resume_syncs() -> None:
    """Has syncs go on that waited, or whose worker died."""
    resume_due()


@shared_task(base=SystemTask, name="connections.begin_due_syncs")
def begin_due_syncs() -> None:
    """Begins the syncs that are due."""
    schedule_due()


@shared_task(base=SystemTask, name=HANDLE_WEBHOOKS)
def handle_webhooks() -> None:
    """Handles the vendors' webhooks that wait."""
    begin(HANDLE_WEBHOOKS)
    handle_waiting()


@shared_task(base=SystemTask, name=PLACE_SECRETS)
def place() -> None:
    """Brings credentials to the store that is set up, and clears what they have left."""
    begin(PLACE_SECRETS)
    place_secrets()


@shared_task(base=SystemTask, name="connections.drop_held_consents")
def drop_held_consents() -> None:
    """Forgets what nobody has confirmed in time."""
    drop_lapsed()


@shared_task(base=SystemTask, name="connections.forget_webhooks")
def forget_handled_webhooks() -> None:
    """Removes vendors' webhooks that were handled long ago."""
    forget_webhooks()


@shared_task(base=SystemTask, name="connections.purge_removed")
def purge() -> None:
    """Purges connections that were removed."""
    purge_removed()


@shared_task(base=SystemTask, name="connections.forget")
def forget() -> None:
    """Removes what connections did long ago."""
    forget_consents()
    forget_seen_ids()
    forget_activities()
    forget_runs()
