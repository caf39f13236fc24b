"""Callers of the ledger's API."""

import pytest

from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_member


@pytest.fixture
def stranger(rival: Tenant) -> ApiCaller:
    """An admin of another tenant."""
    return api_client(make_member(rival, role="tenant_admin"))
