"""Inbound webhooks: who sent them is proved before anything else is done, and each is taken in once."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from catalog.definition import Webhooks
from connections.models import InboundWebhook
from connections.sdk.signatures import SignatureRefusedError, Signed, verify
from tests.connections.webhooks.vendors import ACCOUNTS, SECRETS, deliver, event, signed
from tests.sandbox.serving import RunningSandbox

TYPES = {
    "stripe": "payment_intent.succeeded",
    "slack": "message",
    "quickbooks": "qbo.invoice.updated.v1",
    "xero": "INVOICE",
}
VENDORS = sorted(TYPES)
RULES = {
    "stripe": Webhooks(scheme="stripe", header="Stripe-Signature", tolerance_seconds=300),
    "slack": Webhooks(scheme="slack", header="X-Slack-Signature", timestamp_header="X-Slack-Request-Timestamp"),
    "quickbooks": Webhooks(scheme="hmac_base64", header="intuit-signature"),
    "xero": Webhooks(scheme="hmac_base64", header="x-xero-signature"),
}


def stored() -> int:
    """How many webhooks were taken in."""
    return InboundWebhook.objects.count()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_webhook_is_kept_as_it_came_and_once(catalog: None, vendor: str) -> None:
    content = event(vendor, TYPES[vendor])
    for _ in range(2):
        answer = deliver(vendor, content)
        assert (answer.status_code, answer.content) == (200, b"")
    [kept] = InboundWebhook.objects.all()
    assert bytes(kept.body) == json.dumps(content).encode()
    assert (kept.provider, kept.account_ids, kept.handled_at) == (vendor, [ACCOUNTS[vendor]], None)
    assert not any("signature" in name for name in kept.headers)
    assert deliver(vendor, event(vendor, TYPES[vendor], 2)).status_code == 200
    assert stored() == 2


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_not_signed_with_the_secret_is_refused_without_a_word(catalog: None, vendor: str) -> None:
    content = event(vendor, TYPES[vendor])
    good = signed(vendor, json.dumps(content).encode())
    other = json.dumps(event(vendor, TYPES[vendor], 2)).encode()
    refused = [
        deliver(vendor, content, headers={}),
        deliver(vendor, content, secret="another secret"),
        deliver(vendor, content, headers=dict.fromkeys(good, "t=,v1=,v0=\xff")),
        deliver(vendor, other, headers=good),
        deliver(vendor, b"{", headers=good),
    ]
    assert [(answer.status_code, answer.content) for answer in refused] == [(401, b"")] * 5
    assert stored() == 0


@pytest.mark.parametrize(("vendor", "age", "status"), [("stripe", 290, 200), ("slack", 290, 200), ("slack", -290, 200)])
def test_a_signature_is_good_for_five_minutes(catalog: None, vendor: str, age: float, status: int) -> None:
    assert deliver(vendor, event(vendor, TYPES[vendor]), age=age).status_code == status
    too_far = age * 1.1
    assert deliver(vendor, event(vendor, TYPES[vendor], 2), age=too_far).status_code == 401
    assert stored() == 1


@given(body=st.binary(max_size=200), position=st.integers(0, 199), vendor=st.sampled_from(VENDORS))
def test_no_byte_of_a_body_can_be_changed(body: bytes, position: int, vendor: str) -> None:
    headers = {name.lower(): value for name, value in signed(vendor, body).items()}
    now = float(
        headers.get("x-slack-request-timestamp") or headers.get("stripe-signature", "t=0,")[2:].partition(",")[0]
    )
    verify(Signed(headers, body, now), RULES[vendor], SECRETS[vendor])
    changed = bytearray(body + b"x")
    changed[position % len(changed)] ^= 1
    with pytest.raises(SignatureRefusedError):
        verify(Signed(headers, bytes(changed), now), RULES[vendor], SECRETS[vendor])


def test_slack_proves_the_address_with_a_challenge_that_is_signed(catalog: None) -> None:
    asked = {"type": "url_verification", "challenge": "<b>say this</b>", "token": "x"}
    answer = deliver("slack", asked)
    assert (answer.status_code, answer.content) == (200, b"<b>say this</b>")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert deliver("slack", asked, secret="another secret").content == b""
    assert stored() == 0


@pytest.mark.parametrize(
    ("vendor", "content", "status"),
    [
        ("nobody", {}, 404),
        ("workday", {}, 404),
        ("stripe", b"not json", 400),
        ("stripe", b"[" * 100_000, 400),
        ("stripe", b" " * (1024 * 1024 + 1), 413),
    ],
)
def test_what_cannot_be_taken_in_is_refused(catalog: None, vendor: str, content: Any, status: int) -> None:
    body = content if isinstance(content, bytes) else b"{}"
    answer = deliver(vendor, body, headers=signed("stripe", body))
    assert (answer.status_code, answer.content, stored()) == (status, b"", 0)
    assert Client().get(f"/api/connections/webhooks/{vendor}").status_code == 405


def test_a_flood_of_unsigned_ones_costs_little_and_limits_nobody_who_signs(
    catalog: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"anonymous": 5}
    content = event("stripe", TYPES["stripe"])
    with CaptureQueriesContext(connection) as sent:
        answers = [deliver("stripe", content, headers={}) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert [one["sql"].split()[0] for one in sent.captured_queries] == ["SELECT"] * 8
    assert sum("is refused" in record.getMessage() for record in caplog.records) == 5
    assert deliver("stripe", content).status_code == 200
    assert deliver("stripe", content, headers={}, address="203.0.113.9").status_code == 401
    assert deliver("xero", event("xero", "INVOICE"), headers={}).status_code == 401


@pytest.mark.parametrize(("names", "body", "status"), [("abcdef", b"{}", 404), ("stripe", b" " * 2**20 + b" ", 413)])
def test_names_that_are_made_up_and_what_is_too_big_have_one_limit(
    catalog: None, settings: Settings, names: str, body: bytes, status: int
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"anonymous": 3}
    answers = [deliver(f"no-{name}", body, headers={}) for name in names[:5]]
    assert [answer.status_code for answer in answers] == [status] * 3 + [429] * 2


def test_text_that_no_database_keeps_does_no_harm(catalog: None) -> None:
    content = event("stripe", "payment_intent.\x00succeeded") | {"id": "evt_\x00"}
    assert deliver("stripe", content).status_code == 200
    assert stored() == 1


def test_without_a_secret_vendors_are_asked_to_come_again(catalog: None, settings: Settings) -> None:
    settings.VENDOR_SECRETS = {}
    assert deliver("xero", event("xero", "INVOICE")).status_code == 503
    assert stored() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("vendor", "order"),
    [
        ("stripe", {"event": "payment_intent.succeeded"}),
        ("slack", {"event": "message"}),
        ("quickbooks", {"event": "Invoice.Update"}),
        ("quickbooks", {"event": "Invoice.Update", "form": "legacy"}),
        ("xero", {"event": "INVOICE.UPDATE"}),
    ],
)
def test_the_sandboxs_webhooks_are_taken_in_over_http(
    catalog: None, live_server: LiveServer, sandbox: RunningSandbox, vendor: str, order: dict[str, str]
) -> None:
    to = f"{live_server.url}/api/connections/webhooks/{vendor}"
    sandbox.control.records(
        vendor, {"quickbooks": "Invoice", "xero": "Invoices"}.get(vendor, _ENTITY[vendor]), change=1
    )
    [good] = sandbox.control.webhooks(vendor, to, **order)
    [bad] = sandbox.control.webhooks(vendor, to, **order, bad_signature=True)
    assert [good["status"], bad["status"]] == [200, 401]
    [kept] = InboundWebhook.objects.all()
    assert len(kept.account_ids) == 1


_ENTITY = {"stripe": "payment_intents", "slack": "messages", "quickbooks": "Invoice", "xero": "Invoices"}


@pytest.mark.django_db(transaction=True)
def test_xeros_intent_to_receive_is_met(catalog: None, live_server: LiveServer, sandbox: RunningSandbox) -> None:
    to = f"{live_server.url}/api/connections/webhooks/xero"
    good, bad = sandbox.control.webhooks("xero", to, event="intent_to_receive")
    assert [(good["status"], good["body"]), (bad["status"], bad["body"])] == [(200, ""), (401, "")]
