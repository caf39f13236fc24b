"""Whose data the running code may see.

The scope lives in a context variable: it follows a request, a task, a thread's own context or a stream, and
the database wrapper (`integrations_site.tenancy.database`) tells PostgreSQL before the next statement. Without a
scope nothing of any tenant is visible.
"""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from integrations_site.kernel.errors import HubError


class NoTenantError(HubError):
    """Code touched tenant data outside any tenant's scope: a fault of the hub, never of the caller."""

    status, code = 500, "NO_TENANT"


@dataclass(frozen=True, slots=True)
class Scope:
    """One tenant, every tenant (the hub's own work and super admins), or none."""

    tenant_id: uuid.UUID | None = None
    everything: bool = False


NOWHERE = Scope()
EVERYWHERE = Scope(everything=True)
_scope: ContextVar[Scope] = ContextVar("scope", default=NOWHERE)


def current() -> Scope:
    """The scope of the running code."""
    return _scope.get()


def tenant_id() -> uuid.UUID:
    """The tenant whose scope this is. Raises NoTenantError where there is none."""
    found = _scope.get().tenant_id
    if found is None:
        raise NoTenantError("No tenant is in scope")
    return found


def enter(scope: Scope) -> None:
    """Makes `scope` hold until the context ends; for the outermost layers (a request, a task)."""
    _scope.set(scope)


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """`scope` holds inside the block."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def tenant_scope(tenant: uuid.UUID) -> AbstractContextManager[None]:
    """Only the rows of this tenant are visible inside the block."""
    return within(Scope(tenant_id=tenant))


def all_tenants() -> AbstractContextManager[None]:
    """Rows of every tenant are visible inside the block: for sweepers, set-up and super admins."""
    return within(EVERYWHERE)


def no_tenant() -> AbstractContextManager[None]:
    """No tenant's rows are visible inside the block."""
    return within(NOWHERE)
