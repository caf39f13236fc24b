"""The two kinds of background tasks: a tenant's, and the hub's own. A task's arguments are ids; never secrets."""

import uuid
from typing import Any

from celery import Task
from django.db import OperationalError

from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.failures import keep_failure


class TenantTask(Task[..., Any]):
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

    def on_failure(
        self, exc: Exception, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any], einfo: object
    ) -> None:
        """Celery calls it once the task has given up."""
        keep_failure(name=self.name, arguments=kwargs, error=exc, tenant_id=uuid.UUID(kwargs["tenant_id"]))


class SystemTask(Task[..., Any]):
    """Runs in the scope of all tenants: for sweepers, which come again by the clock and are not tried again."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope.all_tenants():
            return self.run(*args, **kwargs)
