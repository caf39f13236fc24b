"""Background work that gave up: kept, so that a person can see why and run it again."""

import traceback
import uuid
from collections.abc import Mapping
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError, HubError, TransientError
from integrations_site.kernel.redaction import HIDDEN, redact, redact_value
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask

_FRAMES = 5
_LONGEST_LINE = 300


class TaskRetriedError(ConflictError):
    """The failed task was run again already, or its arguments were not kept."""

    code = "TASK_NOT_RETRIABLE"


def describe(error: BaseException) -> str:
    """An error for those who look after the hub: what it says and where it came from, without data or secrets.

    Of an error that is not the hub's own only the first line is kept; databases put the row's values in the next one.
    """
    if isinstance(error, HubError):
        return redact(f"{error.code}: {error.message}")
    first_line = str(error).partition("\n")[0][:_LONGEST_LINE]
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return redact("\n".join([f"{type(error).__name__}: {first_line}", *places]))


def keep_failure(*, name: str, arguments: Mapping[str, Any], error: BaseException, tenant_id: uuid.UUID) -> FailedTask:
    """Records that a task gave up. Arguments whose names speak of secrets are kept without their values."""
    with scope.tenant_scope(tenant_id):
        return FailedTask.objects.create(name=name, arguments=redact_value(arguments), error=describe(error))


def retry_failed_task(*, failed_task: FailedTask) -> None:
    """Sends the task to the workers again, once.

    Raises TaskRetriedError, and TransientError where the broker does not answer (it may be retried then).
    """
    if HIDDEN in failed_task.arguments.values():
        raise TaskRetriedError("The task's arguments held a secret and were not kept; start the work anew")
    waiting = FailedTask.objects.filter(pk=failed_task.pk, retried_at__isnull=True)
    if not waiting.update(retried_at=clock.now()):
        raise TaskRetriedError("The task was run again already; if it failed again, it is listed again")
    try:
        current_app.send_task(failed_task.name, kwargs=failed_task.arguments, retry=False)
    except OperationalError:
        FailedTask.objects.filter(pk=failed_task.pk).update(retried_at=None)
        raise TransientError("The task queue does not answer; try again in a minute", retry_after=60) from None
