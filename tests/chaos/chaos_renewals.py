"""The large proof of renewals: `make chaos`. CHAOS_PROCESSES (50) and CHAOS_EXPIRIES (10000) make it smaller."""

import os
import sys
import time

import pytest

from connections.models import Credential
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.chaos.processes import callers
from tests.connections.world import make_connection, make_oauth_provider, secret_of, vendor_running

PROCESSES = int(os.environ.get("CHAOS_PROCESSES", "50"))
EXPIRIES = int(os.environ.get("CHAOS_EXPIRIES", "10000"))
_LONGEST_SECONDS = 4 * 3600


@pytest.mark.django_db(transaction=True)
def test_one_exchange_for_each_of_ten_thousand_expiries(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """Every access token ends for all processes at once, and the vendor takes each refresh token a single time."""
    with vendor_running() as vendor:
        with scope.tenant_scope(tenant.id):
            connection = make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))
        vendor.callers, vendor.stops_after = PROCESSES, EXPIRIES
        started = time.monotonic()
        with callers(connection, PROCESSES) as processes:
            for process in processes:
                _, errors = process.communicate(timeout=_LONGEST_SECONDS)
                assert process.returncode == 0, errors
        seconds = time.monotonic() - started
    with capsys.disabled():
        sys.stdout.write(
            f"\n{PROCESSES} processes, {vendor.expiries} expiries, {vendor.exchanges} exchanges, "
            f"{len(vendor.reused)} refresh tokens sent twice, no failed call, {seconds:.0f} s\n"
        )
    assert (vendor.exchanges, vendor.expiries, vendor.reused) == (EXPIRIES, EXPIRIES, [])
    with scope.tenant_scope(tenant.id):
        assert Credential.objects.get().version == EXPIRIES + 1
