"""Callers of the probes."""

import pytest
from redis import Redis

from integrations_site.kernel import limits
from integrations_site.tenancy.models import User
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_super_admin


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """No test uses up what another may send."""
    redis: Redis = limits.connection()
    for key in redis.scan_iter("hub:limit:*"):
        redis.delete(key)


@pytest.fixture
def stranger() -> ApiCaller:
    """Somebody without a token."""
    return ApiCaller()


@pytest.fixture
def admin(admin_user: User) -> ApiCaller:
    """The tenant's admin."""
    return api_client(admin_user)


@pytest.fixture
def member(plain_user: User) -> ApiCaller:
    """A member of the tenant."""
    return api_client(plain_user)


@pytest.fixture
def root(db: None) -> ApiCaller:
    """A super admin, above tenants."""
    return api_client(make_super_admin())
