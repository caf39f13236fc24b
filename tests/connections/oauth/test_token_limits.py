"""Requests for tokens come no sooner than the vendor wants them, and are counted as any other call."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from email.utils import format_datetime

import pytest
import time_machine

from connections.models import Connection, Credential
from connections.sdk.errors import RateLimited, VendorError
from connections.services import call_figures
from connections.services.revocation import revoke_access
from connections.services.tokens.endpoint import token_endpoint
from connections.services.tokens.renewal import COOLDOWN
from connections.services.vendor_http import vendor_http
from integrations_site.kernel import clock, limits
from integrations_site.tenancy.models import Tenant
from tests.connections.world import Vendor, answer, make_connection, make_oauth_provider, secret_of, vendor_running
from tests.receiver import Answer


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Vendor) -> Connection:
    """One whose access has ended."""
    secret = secret_of(vendor.tokens(), expiresAt=clock.now().isoformat())
    return make_connection(make_oauth_provider(vendor.url), secret=secret)


def _refused(connection: Connection) -> VendorError:
    with pytest.raises(VendorError) as caught:
        vendor_http(connection).request("GET", "/list")
    return caught.value


def _limiting(status: int, told: str) -> Answer:
    return answer({}, status, **{"Retry-After": told})


def _counted(connection: Connection) -> Counter[str]:
    """How often this connection's provider was called, by outcome."""
    calls, _ = call_figures.metrics()
    provider = connection.integration.provider.provider
    found = {each.labels["outcome"]: each.value for each in calls.samples if each.labels["provider"] == provider}
    return Counter({outcome: int(count) for outcome, count in found.items()})


@pytest.mark.parametrize(("status", "is_date"), [(429, False), (429, True), (503, False)])
def test_a_renewal_is_asked_for_again_when_the_vendor_says(
    vendor: Vendor, connection: Connection, status: int, is_date: bool
) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        at = format_datetime(start + dt.timedelta(seconds=600), usegmt=True)
        vendor.token_answer = _limiting(status, at if is_date else "600")
        error = _refused(connection)
        assert isinstance(error, RateLimited)
        assert error.retry_after == pytest.approx(600, abs=1)
    for seconds in (31, 598):
        with time_machine.travel(start + dt.timedelta(seconds=seconds), tick=False):
            assert _refused(connection).code == "COOLDOWN"
    assert len(vendor.requests) == 1
    vendor.token_answer = None
    with time_machine.travel(start + dt.timedelta(seconds=601)):
        assert vendor_http(connection).request("GET", "/list").status == 200


@pytest.mark.parametrize(("told", "waits"), [("5", COOLDOWN), ("soon", COOLDOWN), ("9999999999", dt.timedelta(days=1))])
def test_the_hub_waits_half_a_minute_at_least_and_a_day_at_most(
    vendor: Vendor, connection: Connection, told: str, waits: dt.timedelta
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        vendor.token_answer = _limiting(429, told)
        _refused(connection)
        assert Credential.objects.get().cooldown_until == clock.now() + waits


def test_who_brings_a_code_learns_when_to_come_back(vendor: Vendor, connection: Connection) -> None:
    vendor.token_answer = _limiting(429, "600")
    with pytest.raises(RateLimited) as caught:
        token_endpoint(connection).exchange_code("code", redirect_uri="https://hub.test/back", verifier="v")
    assert caught.value.retry_after == 600


def test_exchanges_renewals_and_revocations_are_counted(vendor: Vendor, connection: Connection) -> None:
    limits.connection().delete("hub:figures:vendor")
    endpoint = token_endpoint(connection)
    endpoint.exchange_code("code", redirect_uri="https://hub.test/back", verifier="v")
    assert _counted(connection) == {"ok": 1}
    endpoint.refresh("refresh-1")
    assert _counted(connection) == {"ok": 2}
    assert revoke_access(connection=connection).is_done
    assert _counted(connection) == {"ok": 3}


def test_requests_for_tokens_that_fail_are_counted_by_what_they_are(vendor: Vendor, connection: Connection) -> None:
    limits.connection().delete("hub:figures:vendor")
    endpoint = token_endpoint(connection)
    for given in (answer({}, 429), answer({"error": "invalid_grant"}, 400), Answer(200, b"<html>"), answer({}, 500)):
        vendor.token_answer = given
        with pytest.raises(VendorError):
            endpoint.refresh("refresh-1")
    kinds = ("RateLimited", "CredentialError", "AnswerUnreadable", "ProviderUnavailable")
    assert _counted(connection) == dict.fromkeys(kinds, 1)
