"""Callers of the ledger's API."""

import pytest

from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_member


@pytest.fixture
def admin(admin_user: User) -> ApiCaller:
    """The tenant's admin."""
    return api_client(admin_user)


@pytest.fixture
def member(plain_user: User) -> ApiCaller:
    """A member of the tenant."""
    return api_client(plain_user)


@pytest.fixture
def stranger(rival: Tenant) -> ApiCaller:
    """An admin of another tenant."""
    return api_client(make_member(rival, role="tenant_admin"))
