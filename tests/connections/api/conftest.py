"""Callers of the integrations API, and vendors on loopback."""

from collections.abc import Iterator

import pytest

from catalog.models import Provider
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller, api_client
from tests.connections.world import Vendor, make_oauth_provider, vendor_running
from tests.factories import make_member


@pytest.fixture
def stranger(rival: Tenant) -> ApiCaller:
    """The admin of another tenant."""
    return api_client(make_member(rival, role="tenant_admin"))


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth and a list."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def oauth_provider(db: None, vendor: Vendor) -> Provider:
    """The vendor in the catalog."""
    return make_oauth_provider(vendor.url)
