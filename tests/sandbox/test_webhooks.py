"""Webhooks out of the sandbox, with signatures computed here by hand from what each vendor documents."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator

import pytest

from tests.receiver import Answer, Receiver, receiving
from tests.sandbox.calling import Vendors


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes whatever comes."""
    with receiving() as running:
        yield running


def _hex(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _base64(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()


def test_stripe_signs_time_and_body(vendors: Vendors, receiver: Receiver) -> None:
    control = vendors.running.control
    done = control.records("stripe", "invoices", change=2)
    sent = control.webhooks("stripe", receiver.url, event="invoice.updated", count=2, duplicate=True, reorder=True)
    assert [one["status"] for one in sent] == [204] * 4
    requests = receiver.wait_for(4)
    events = [json.loads(request.body) for request in requests]
    assert [event["data"]["object"]["id"] for event in events] == [done["changed"][i] for i in (1, 1, 0, 0)]
    assert len({event["id"] for event in events}) == 2
    assert {event["account"] for event in events} == {"acct_1SbNorthwindTr001"}
    for request in requests:
        stamp, signature = (part.split("=", 1)[1] for part in request.headers["stripe-signature"].split(","))
        assert signature == _hex("whsec_stripe-demo-webhook-secret", f"{stamp}.".encode() + request.body)
        assert abs(int(stamp) - time.time()) < 30
    listed = vendors.get("/api.stripe.com/v1/events", "sk_test_northwind").json()["data"]
    assert {event["id"] for event in listed} == {event["id"] for event in events}


def test_signatures_can_be_bad_and_old(vendors: Vendors, receiver: Receiver) -> None:
    vendors.running.control.webhooks("stripe", receiver.url, bad_signature=True, age=600)
    [request] = receiver.wait_for(1)
    stamp, signature = (part.split("=", 1)[1] for part in request.headers["stripe-signature"].split(","))
    assert signature != _hex("whsec_stripe-demo-webhook-secret", f"{stamp}.".encode() + request.body)
    assert 590 < time.time() - int(stamp) < 630


def test_slack_signs_version_time_and_body(vendors: Vendors, receiver: Receiver) -> None:
    vendors.running.control.webhooks("slack", receiver.url, account="contoso", event="message")
    vendors.running.control.webhooks("slack", receiver.url, event="url_verification")
    message, challenge = receiver.wait_for(2)
    for request in (message, challenge):
        signed = f"v0:{request.headers['x-slack-request-timestamp']}:".encode() + request.body
        assert request.headers["x-slack-signature"] == f"v0={_hex('slack-demo-signing-secret', signed)}"
    told = json.loads(message.body)
    assert (told["team_id"], told["type"], told["event"]["type"]) == ("T0CONTOSO01", "event_callback", "message")
    assert json.loads(challenge.body)["challenge"]


def test_quickbooks_has_two_forms(vendors: Vendors, receiver: Receiver) -> None:
    control = vendors.running.control
    [changed] = control.records("quickbooks", "Invoice", change=1)["changed"]
    control.webhooks("quickbooks", receiver.url, event="Invoice.Update")
    control.webhooks("quickbooks", receiver.url, event="Invoice.Update", form="legacy")
    for request in (requests := receiver.wait_for(2)):
        assert request.headers["intuit-signature"] == _base64("quickbooks-demo-verifier", request.body)
    [event] = json.loads(requests[0].body)
    assert (event["intuitentityid"], event["intuitaccountid"]) == (changed, "9130347957983466")
    [notification] = json.loads(requests[1].body)["eventNotifications"]
    assert notification["dataChangeEvent"]["entities"][0]["id"] == changed


def test_xero_asks_for_the_intent_to_receive(vendors: Vendors) -> None:
    key = "xero-demo-webhook-key"

    with receiving() as receiver:
        receiver.respond = lambda request: Answer(
            200 if request.headers["x-xero-signature"] == _base64(key, request.body) else 401
        )
        sent = vendors.running.control.webhooks("xero", receiver.url, event="intent_to_receive")
        assert [(one["id"], one["status"]) for one in sent] == [("intent-good", 200), ("intent-bad", 401)]
        [changed] = vendors.running.control.records("xero", "Invoices", change=1)["changed"]
        [real] = vendors.running.control.webhooks("xero", receiver.url, event="INVOICE.UPDATE")
        assert real["status"] == 200
        [event] = json.loads(receiver.wait_for(3)[2].body)["events"]
        assert (event["resourceId"], event["tenantId"]) == (changed, "0a7e3d52-1111-4c1b-9d5e-6f0000000001")


def test_generic_webhooks_are_signed_in_hex_or_base64(vendors: Vendors, receiver: Receiver) -> None:
    vendors.running.control.webhooks("generic", receiver.url, event="contacts.updated", secret="own")
    vendors.running.control.webhooks("generic", receiver.url, form="base64")
    first, second = receiver.wait_for(2)
    assert first.headers["x-signature"] == _hex("own", first.body)
    assert second.headers["x-signature"] == _base64("generic-demo-webhook-secret", second.body)


def test_what_cannot_be_sent_is_told(vendors: Vendors) -> None:
    body = {"vendor": "workday", "to": "http://127.0.0.1:9/"}
    assert vendors.http.post("/control/webhooks", json=body).status_code == 400
    [told] = vendors.running.control.webhooks("stripe", "http://10.0.0.1/")
    assert told["status"] is None
    assert "private network" in told["error"]


def test_the_sink_shows_what_it_took(vendors: Vendors) -> None:
    url = f"{vendors.running.url}/webhook-sink"
    [sent] = vendors.running.control.webhooks("generic", url)
    assert sent["status"] == 204
    told = vendors.http.get("/webhook-sink").json()
    assert told["total"] == 1
    assert "x-signature" in told["items"][0]["headers"]
