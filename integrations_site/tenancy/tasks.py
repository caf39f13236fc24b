"""The kinds of background tasks: a tenant's, the clock's, and others. A task's arguments are ids; never secrets."""

import logging
import uuid
from typing import Any

from celery import Task, shared_task
from django.db import DatabaseError, OperationalError, connection

from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import failures, scope

_logger = logging.getLogger(__name__)


class HubTask(Task[..., Any]):
    """The base of every task: what fails for good becomes a FailedTask, which a person can run again.

    So its arguments are keyword arguments, and running it twice does no harm. It runs outside any tenant.
    """

    abstract = True

    def on_failure(
        self, exc: Exception, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any], einfo: object
    ) -> None:
        """Celery calls it once the task has given up."""
        try:
            failures.keep_failure(name=self.name, arguments=kwargs, error=exc, tenant_id=_tenant_of(kwargs))
        except DatabaseError:
            _logger.exception("The failure of %s could not be kept", self.name)
        if self.request.called_directly:
            # A task that had to be killed: this is the worker's main process, whose children must not share it.
            connection.close()


class TenantTask(HubTask):
    """Runs in the scope of the tenant whose id (a text) is its keyword argument `tenant_id`.

    What is briefly unavailable is tried again, later and later; what fails for good becomes a FailedTask of the tenant.
    """

    abstract = True
    autoretry_for = (TransientError, OperationalError)
    retry_backoff = 2
    # Less than the broker's visibility timeout, after which a waiting task would be delivered twice.
    retry_backoff_max = 300
    max_retries = 8

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope.tenant_scope(uuid.UUID(kwargs["tenant_id"])):
            return self.run(*args, **kwargs)


class SystemTask(HubTask):
    """Runs in the scope of all tenants: for what comes again by the clock and is not tried again.

    It takes no arguments. However often it fails there is one FailedTask, until it succeeds or a person runs it again.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope.all_tenants():
            return self.run(*args, **kwargs)

    def on_success(self, retval: object, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Celery calls it at the end."""
        failures.settle_failures(name=self.name)


def _tenant_of(arguments: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(arguments.get("tenant_id")))
    except ValueError:  # of no tenant, or called wrongly, and that is why it failed
        return None


@shared_task(base=SystemTask, name="tenancy.forget_settled_failures")
def forget_settled_failures() -> None:
    """Forgets failures that nobody has to look at any more."""
    failures.forget_settled_failures()
