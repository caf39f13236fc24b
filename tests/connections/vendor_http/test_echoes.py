"""A vendor that repeats what it was sent: no form of a secret gets into an error."""

import base64
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from catalog.definition import parse
from connections.sdk.errors import CredentialError, DeadlinePassed, ProviderRejected, RateLimited, VendorError
from connections.services.vendor_http import Pace, provider_http, vendor_http
from integrations_site.tenancy.models import Tenant
from tests.connections.world import answer, connection_to, make_connection, make_key_provider, make_oauth_provider
from tests.factories.catalog import provider_input
from tests.receiver import Answer, Receiver, receiving

SECRET = "Zr7 pl&in+word/9<x"  # of no form that is known for secrets
waits: list[float] = []
QUICK = Pace(sleep=waits.append, chance=lambda: 1.0)


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor that answers with an empty object until told otherwise."""
    waits.clear()
    with receiving(lambda _: answer({})) as receiver:
        yield receiver


def error_of(vendor: Receiver, given: Answer, *, method: str = "GET", **connection: Any) -> VendorError:
    """What comes of an answer to a user with that password."""
    vendor.respond = lambda _: given
    definition = parse(provider_input(authType="basic", connection=connection_to(vendor.url, **connection)))
    http = provider_http(definition, {"username": "ann", "password": SECRET}, pace=QUICK)
    with pytest.raises(VendorError) as caught:
        http.request(method, "/a")
    return caught.value


FORMS = [
    SECRET,
    quote(SECRET, safe=""),
    quote_plus(SECRET).lower(),
    base64.b64encode(SECRET.encode()).decode(),
    base64.b64encode(f"ann:{SECRET}".encode()).decode(),
    base64.urlsafe_b64encode(f"ann:{SECRET}".encode()).decode().rstrip("="),
    SECRET.replace("&", "&amp;").replace("<", "&lt;"),
]


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_the_secret_is_repeated(vendor: Receiver, form: str) -> None:
    body = {"error": {"code": f"bad_{form}", "message": f"{'x' * 290} who sends {form} to us? {form}"}}
    error = error_of(vendor, answer(body, 400))
    for text in (error.message, error.code, repr(error)):
        assert form[:12].lower() not in text.lower()
    assert "[redacted]" in error.code


def test_a_soap_fault_does_not_repeat_it_either(vendor: Receiver) -> None:
    fault = f"<faultcode>Client.{SECRET.split()[0]}</faultcode><faultstring>who is {FORMS[-1]}?</faultstring>"
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    body = f'<e:Envelope xmlns:e="{soap}"><e:Body><e:Fault>{fault}</e:Fault></e:Body></e:Envelope>'
    for status in (500, 200):
        assert error_of(vendor, Answer(status, body.encode())).message.endswith("who is [redacted]?")


def test_short_secrets_are_taken_out_as_words(vendor: Receiver) -> None:
    vendor.respond = lambda _: answer({"error": {"message": "no key k here, ask kim"}}, 400)
    http = provider_http(parse(provider_input(connection=connection_to(vendor.url))), {"apiKey": "k"})
    with pytest.raises(ProviderRejected, match=r"no key \[redacted\] here, ask kim"):
        http.request("GET", "/a")


def test_a_token_endpoint_does_not_repeat_them_either(in_tenant: Tenant, vendor: Receiver) -> None:
    provider = make_oauth_provider(vendor.url)
    secret = {"accessToken": "gone", "refreshToken": SECRET, "expiresAt": "2020-01-01T00:00:00+00:00"}
    connection = make_connection(provider, secret=secret)
    told = f"no {SECRET} nor hub-client-secret nor {quote_plus(SECRET)}"
    vendor.respond = lambda _: answer({"error": "invalid_grant", "error_description": told}, 400)
    with pytest.raises(CredentialError) as caught:
        vendor_http(connection).request("GET", "/a")
    assert "no [redacted] nor [redacted] nor [redacted]" in caught.value.message
    connection.refresh_from_db()
    assert "Zr7" not in connection.validation_error


RETRY: dict[str, Any] = {"errors": {"retryHeader": "Stripe-Should-Retry"}}


@pytest.mark.parametrize(
    ("status", "told", "method", "calls"),
    [
        (500, "false", "GET", 1),
        (429, "false", "GET", 1),
        (409, "true", "GET", 4),
        (400, "TRUE", "GET", 4),
        (400, "true", "POST", 1),
        (400, "maybe", "GET", 1),
        (500, "", "GET", 4),
    ],
)
def test_what_the_vendor_says_about_another_try_is_obeyed(
    vendor: Receiver, status: int, told: str, method: str, calls: int
) -> None:
    error_of(vendor, answer({}, status, **{"Stripe-Should-Retry": told}), method=method, **RETRY)
    assert len(vendor.requests) == calls


LIMITS: dict[str, Any] = {"retryAfter": {"limitHeader": "X-Rate-Limit-Problem", "limits": {"day": 86400, "minute": 20}}}


@pytest.mark.parametrize(
    ("headers", "limit", "seconds", "calls"),
    [
        ({"X-Rate-Limit-Problem": "Day"}, "day", 86400, 1),
        ({"X-Rate-Limit-Problem": "day", "Retry-After": "7200"}, "day", 7200, 1),
        ({"X-Rate-Limit-Problem": "minute"}, "minute", 20, 4),
        ({"X-Rate-Limit-Problem": "<b>"}, "", None, 4),
    ],
)
def test_the_limit_that_was_hit_is_known(
    vendor: Receiver, headers: dict[str, str], limit: str, seconds: float | None, calls: int
) -> None:
    error = error_of(vendor, answer({}, 429, **headers), **LIMITS)
    assert isinstance(error, RateLimited)
    assert (error.limit, error.retry_after, len(vendor.requests)) == (limit, seconds, calls)


def test_after_the_deadline_nothing_is_begun_and_the_vendor_is_not_blamed(in_tenant: Tenant, vendor: Receiver) -> None:
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})
    vendor.respond = lambda _: answer({}, 429, **{"Retry-After": "20"})
    with pytest.raises(RateLimited):
        vendor_http(connection, deadline=time.monotonic() + 5, pace=QUICK).request("GET", "/a")
    assert (len(vendor.requests), waits) == (1, [])
    with pytest.raises(DeadlinePassed):
        vendor_http(connection, deadline=time.monotonic() - 1, pace=QUICK).request("GET", "/a")
    assert len(vendor.requests) == 1


def test_a_call_under_way_is_cut_off_at_the_deadline(in_tenant: Tenant, vendor: Receiver) -> None:
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})

    is_cut_off = threading.Event()

    def slow(_: Any) -> Answer:
        assert is_cut_off.wait(30)
        return answer({})

    vendor.respond = slow
    with pytest.raises(DeadlinePassed):
        vendor_http(connection, deadline=time.monotonic() + 0.25, pace=QUICK).request("GET", "/a")
    is_cut_off.set()  # the vendor had not answered
    connection.refresh_from_db()
    assert (connection.failures, len(vendor.requests)) == (0, 1)
