"""Background work that gave up: kept, so that a person can see why and run it again."""

import traceback
import uuid
from collections.abc import Mapping
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import F
from kombu.exceptions import OperationalError

from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError, HubError, TransientError
from integrations_site.kernel.redaction import HIDDEN, redact, redact_value
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask
from integrations_site.tenancy.retention import days_ago, remove

_FRAMES = 5
_LONGEST_LINE = 300


class TaskRetriedError(ConflictError):
    """The failed task was run again already, or its arguments were not kept."""

    code = "TASK_NOT_RETRIABLE"


def describe(error: BaseException) -> str:
    """An error for those who look after the hub: what it says and where it came from, without data or secrets.

    Of an error that is not the hub's own only the first line is kept; databases put the row's values in the next one.
    It can be stored: PostgreSQL takes no NUL.
    """
    if isinstance(error, HubError):
        return redact(f"{error.code}: {error.message}").replace("\x00", "\ufffd")
    first_line = str(error).partition("\n")[0][:_LONGEST_LINE]
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return redact("\n".join([f"{type(error).__name__}: {first_line}", *places])).replace("\x00", "\ufffd")


def keep_failure(*, name: str, arguments: Mapping[str, Any], error: BaseException, tenant_id: uuid.UUID | None) -> None:
    """Records that a task gave up, of a tenant or of the hub itself (None).

    Where the same task with the same arguments waits to be run again, that record counts one failure more. Arguments
    whose names speak of secrets are kept without their values.
    """
    kept, told = redact_value(arguments), describe(error)
    with scope.tenant_scope(tenant_id) if tenant_id else scope.all_tenants():
        waiting = FailedTask.objects.filter(tenant=tenant_id, name=name, arguments=kept, retried_at=None)
        if not waiting.update(error=told, failed_at=clock.now(), failures=F("failures") + 1):
            FailedTask.objects.create(name=name, arguments=kept, error=told)


def settle_failures(*, name: str) -> None:
    """Whatever a task of the clock failed at is done, since it has succeeded."""
    with scope.all_tenants():
        FailedTask.objects.filter(tenant=None, name=name, retried_at=None).update(retried_at=clock.now())


def forget_settled_failures() -> int:
    """Removes the records of tasks that were run again RETENTION_DAYS ago; how many."""
    until = days_ago(settings.RETENTION_DAYS["failed_tasks"])
    with scope.all_tenants():
        return remove(FailedTask.objects.filter(retried_at__lt=until))


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
