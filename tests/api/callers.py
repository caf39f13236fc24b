"""Callers of the API that tests of every app need."""

import pytest

from integrations_site.tenancy.models import User
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_super_admin


@pytest.fixture
def root(db: None) -> ApiCaller:
    """A super admin, above tenants."""
    return api_client(make_super_admin())


@pytest.fixture
def admin(admin_user: User) -> ApiCaller:
    """The tenant's admin."""
    return api_client(admin_user)


@pytest.fixture
def member(plain_user: User) -> ApiCaller:
    """A user of the tenant."""
    return api_client(plain_user)
