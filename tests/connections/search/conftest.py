"""Callers of the search."""

import pytest

from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_member


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    """Another user of the tenant."""
    return make_member(tenant)


@pytest.fixture
def stranger(rival: Tenant) -> ApiCaller:
    """A user of another tenant."""
    return api_client(make_member(rival))
