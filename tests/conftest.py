"""What every test has: a database that the hub uses as a role with no special rights, two tenants, and their people."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase
from pytest_django.plugin import DjangoDbBlocker
from redis import Redis

from integrations_site.audit.types import Actor
from integrations_site.embedded.lifetime import ensure_running
from integrations_site.kernel import limits
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from integrations_site.tenancy.ownership import APP_ROLE
from tests.api.callers import admin, member, root
from tests.emptying import _quick_emptying
from tests.factories import make_member, make_tenant
from tests.processes import pytest_xdist_auto_num_workers, pytest_xdist_setupnodes

__all__ = [
    "_quick_emptying",
    "admin",
    "member",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_setupnodes",
    "root",
]


def pytest_sessionstart(session: pytest.Session) -> None:
    """PostgreSQL and Valkey run while the suite does, unless the environment names others."""
    ensure_running()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The owner makes the test database."""
    connection.settings_dict["OPTIONS"].pop("assume_role", None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tests themselves work as the hub's role, behind row-level security."""
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = APP_ROLE
        yield
        connection.close()
        connection.settings_dict["OPTIONS"].pop("assume_role")


@pytest.fixture(autouse=True)
def _outside_any_tenant() -> Iterator[None]:
    """No test inherits another's scope."""
    with scope.no_tenant():
        yield


@pytest.fixture(autouse=True, scope="session")
def _what_a_commit_checks_is_checked() -> Iterator[None]:
    """A test whose transaction is rolled back fires the deferred triggers at its end, as a commit would.

    Django does so only where references are checked at commit too, which the hub's are not.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TestCase, "_should_check_constraints", lambda self, used: not used.needs_rollback and used.is_usable()
        )
        yield


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """No test uses up what another may send or try."""
    redis: Redis = limits.connection()
    for key in redis.scan_iter("hub:limit:*"):
        redis.delete(key)


@pytest.fixture
def tenant(db: Any) -> Tenant:
    """A tenant with books."""
    return make_tenant("Acme")


@pytest.fixture
def rival(db: Any) -> Tenant:
    """Another tenant with books, which must never see anything of the first."""
    return make_tenant("Rival")


@pytest.fixture
def in_tenant(tenant: Tenant) -> Iterator[Tenant]:
    """The test's own code runs in the tenant's scope."""
    with scope.tenant_scope(tenant.id):
        yield tenant


@pytest.fixture
def admin_user(tenant: Tenant) -> User:
    """A tenant admin."""
    return make_member(tenant, role="tenant_admin")


@pytest.fixture
def plain_user(tenant: Tenant) -> User:
    """A member without special rights."""
    return make_member(tenant, role="user")


@pytest.fixture
def actor(admin_user: User) -> Actor:
    """The tenant admin as the one who acts."""
    return Actor(admin_user.public_id, admin_user.email)
