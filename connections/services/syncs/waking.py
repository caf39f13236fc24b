"""Sending a run to a worker, once the running transaction has committed. What is lost here the sweep sends again."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from connections.models import SyncRun

RUN_SYNC = "connections.run_sync"
_logger = logging.getLogger(__name__)


def send_after_commit(run: SyncRun) -> None:
    """Has a worker work on the run. Sent twice it is worked on once: a worker claims it first."""
    tenant, id = str(run.tenant_id), str(run.pk)
    transaction.on_commit(lambda: _send(tenant, id))


def _send(tenant_id: str, run_id: str) -> None:
    try:
        current_app.send_task(RUN_SYNC, kwargs={"tenant_id": tenant_id, "run_id": run_id}, retry=False)
    except OperationalError:
        _logger.warning("The task queue does not answer; sync %s waits for the next sweep", run_id, exc_info=True)
