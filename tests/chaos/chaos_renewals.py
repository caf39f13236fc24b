"""The large proof of renewals: `make chaos`.

CHAOS_PROCESSES (50) share CHAOS_CONNECTIONS (10), on which access ends CHAOS_EXPIRIES times (10000) in all. With one
connection every process races for each renewal; that is the hardest, and takes ten times as long.
"""

import os
import sys
import time
from contextlib import ExitStack

import pytest

from connections.models import Connection, Credential
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.chaos.processes import callers
from tests.connections.world import Vendor, make_connection, make_oauth_provider, secret_of, vendor_running

PROCESSES = int(os.environ.get("CHAOS_PROCESSES", "50"))
CONNECTIONS = int(os.environ.get("CHAOS_CONNECTIONS", "10"))
EXPIRIES = int(os.environ.get("CHAOS_EXPIRIES", "10000"))
_LONGEST_SECONDS = 4 * 3600


@pytest.mark.django_db(transaction=True)
def test_one_exchange_for_each_of_ten_thousand_expiries(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """An access token ends for all that share it at once, and a vendor takes each refresh token a single time."""
    callers_each, expiries_each = PROCESSES // CONNECTIONS, EXPIRIES // CONNECTIONS
    started = time.monotonic()
    with ExitStack() as stack:
        vendors = [stack.enter_context(vendor_running()) for _ in range(CONNECTIONS)]
        processes = []
        for vendor in vendors:
            vendor.callers, vendor.stops_after = callers_each, expiries_each
            processes += stack.enter_context(callers(_connected(tenant, vendor), callers_each))
        for process in processes:
            _, errors = process.communicate(timeout=_LONGEST_SECONDS)
            assert process.returncode == 0, errors
    _tell(capsys, vendors, time.monotonic() - started)
    for vendor in vendors:
        assert (vendor.exchanges, vendor.expiries, vendor.reused) == (expiries_each, expiries_each, [])
    with scope.tenant_scope(tenant.id):
        assert set(Credential.objects.values_list("version", flat=True)) == {expiries_each + 1}


def _connected(tenant: Tenant, vendor: Vendor) -> Connection:
    with scope.tenant_scope(tenant.id):
        return make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))


def _tell(capsys: pytest.CaptureFixture[str], vendors: list[Vendor], seconds: float) -> None:
    with capsys.disabled():
        sys.stdout.write(
            f"\n{PROCESSES} processes on {CONNECTIONS} connections: {sum(one.expiries for one in vendors)} expiries, "
            f"{sum(one.exchanges for one in vendors)} exchanges, "
            f"{sum(len(one.reused) for one in vendors)} refresh tokens sent twice, no failed call, {seconds:.0f} s\n"
        )
