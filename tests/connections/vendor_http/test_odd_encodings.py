"""Answers in another encoding than JSON's own, and dates that no calendar has: read like any other bad answer."""

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest
import time_machine

from connections.connectors.quickbooks.connector import _head as head_of_quickbooks
from connections.connectors.stripe.events import _Data, _Event
from connections.connectors.stripe.events import _head as head_of_stripe
from connections.models import Connection, Credential
from connections.sdk.errors import AnswerUnreadable, CredentialError, ProviderUnavailable, RateLimited, VendorError
from connections.services.vendor_http import Pace, vendor_http
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant
from tests.connections.world import (
    Vendor,
    connection_to,
    make_connection,
    make_key_provider,
    make_oauth_provider,
    secret_of,
    vendor_running,
)
from tests.receiver import Answer, Receiver, receiving

pytestmark = pytest.mark.django_db
LATIN = b'{"error": "invalid_grant", "d": "ung\xfcltig"}'
DEEP = b"[" * 100_000
AT_ONCE = Pace(sleep=lambda _: None, chance=lambda: 0.0)


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor that writes Latin-1."""
    with receiving(lambda _: Answer(200, LATIN)) as receiver:
        yield receiver


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Receiver) -> Connection:
    """One with that vendor."""
    return make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})


@pytest.fixture
def oauth() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.mark.parametrize("body", [LATIN, DEEP])
@pytest.mark.parametrize(("status", "kind"), [(401, CredentialError), (429, RateLimited), (503, RateLimited)])
def test_an_error_is_what_its_status_says(
    connection: Connection, vendor: Receiver, body: bytes, status: int, kind: type[VendorError]
) -> None:
    vendor.respond = lambda _: Answer(status, body, {"Retry-After": "600"})
    with pytest.raises(kind) as caught:
        vendor_http(connection, pace=AT_ONCE).request("GET", "/list")
    assert getattr(caught.value, "retry_after", 600) == 600


@pytest.mark.parametrize("body", [LATIN, DEEP])
def test_a_good_answer_is_said_to_be_unreadable(connection: Connection, vendor: Receiver, body: bytes) -> None:
    vendor.respond = lambda _: Answer(200, body.replace(b'"error"', b'"told"'))
    with pytest.raises(AnswerUnreadable):
        vendor_http(connection, pace=AT_ONCE).request("GET", "/list").json()


@pytest.mark.parametrize("text", ["Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_no_calendar_has_says_nothing(connection: Connection, vendor: Receiver, text: str) -> None:
    vendor.respond = lambda _: Answer(429, b"{}", {"Retry-After": text})
    with pytest.raises(RateLimited):
        vendor_http(connection, pace=AT_ONCE).request("GET", "/list")


@pytest.mark.parametrize("body", [LATIN, DEEP])
def test_a_token_endpoint_that_cannot_be_read_is_asked_again_later(
    in_tenant: Tenant, oauth: Vendor, body: bytes
) -> None:
    over = {"expiresAt": clock.now().isoformat()}
    connection = make_connection(make_oauth_provider(oauth.url), secret=secret_of(oauth.tokens(), **over))
    oauth.token_answer = Answer(503, body.replace(b"invalid_grant", b"busy"))
    with pytest.raises(ProviderUnavailable):
        vendor_http(connection).request("GET", "/list")
    credential = Credential.objects.get()
    assert (credential.exchange_started_at, credential.cooldown_until is None) == (None, False)
    oauth.token_answer = None
    with time_machine.travel(clock.now() + dt.timedelta(seconds=31)):
        assert vendor_http(connection).request("GET", "/list").status == 200


def test_the_end_of_a_grant_is_known_in_any_encoding(in_tenant: Tenant, oauth: Vendor) -> None:
    over = {"expiresAt": clock.now().isoformat()}
    connection = make_connection(make_oauth_provider(oauth.url), secret=secret_of(oauth.tokens(), **over))
    oauth.token_answer = Answer(400, LATIN)
    with pytest.raises(CredentialError) as caught:
        vendor_http(connection).request("GET", "/list")
    connection.refresh_from_db()
    assert (caught.value.code, connection.status) == ("invalid_grant", "expired")


def test_connectors_own_readings_say_so_too() -> None:
    record = b'{"id": "\xfc", "Id": "\xfc"}'
    with pytest.raises(AnswerUnreadable):
        head_of_quickbooks(msgspec.Raw(record))
    with pytest.raises(AnswerUnreadable):
        head_of_stripe(_Event("e", "t", 1, _Data(msgspec.Raw(record))))


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\uDC00 alone", "\ufffd alone"),
        (rb"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        (rb"\\ud83d", "\\ud83d"),
    ],
)
@pytest.mark.parametrize("ok_path", ["ok", None])
def test_half_a_character_spoils_no_answer(
    in_tenant: Tenant, vendor: Receiver, ok_path: str | None, sent: bytes, read: str
) -> None:
    vendor.respond = lambda _: Answer(200, b'{"ok": true, "error": "", "texts": ["' + sent + b'"]}')
    errors = {"codePath": "error"} | ({"okPath": ok_path} if ok_path else {})
    provider = make_key_provider(vendor.url, connection=connection_to(vendor.url, errors=errors))
    http = vendor_http(make_connection(provider, secret={"apiKey": "k"}), pace=AT_ONCE)
    assert http.request("GET", "/list").json()["texts"] == [read]
