"""The Celery application. A task carries the id of the request that sent it, into the worker and its logs."""

import os
from collections.abc import MutableMapping
from typing import Any

from celery import Celery, Task, signals

from integrations_site.kernel import request_id
from integrations_site.kernel.memory import return_large_blocks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_site.settings.local")
# Celery would load every page and the admin into each worker, to check them; `manage.py check` does that before.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
return_large_blocks()
app = Celery("integrations_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_HEADER = "hub_request_id"


@signals.before_task_publish.connect
def _send_request_id(headers: MutableMapping[str, Any], **_: Any) -> None:
    headers.setdefault(_HEADER, request_id.current())


@signals.task_prerun.connect
def _enter_request_id(task_id: str, task: Task[..., Any], **_: Any) -> None:
    if not task.request.is_eager:
        request_id.enter(task.request.get(_HEADER) or task_id)


@signals.task_postrun.connect
def _leave_request_id(task: Task[..., Any], **_: Any) -> None:
    if not task.request.is_eager:
        request_id.enter("")
