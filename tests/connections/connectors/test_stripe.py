"""Stripe: everything by lists, what changed by events, and nothing that its specification does not know."""

import time

import msgspec
import pytest

from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Page
from tests.connections.connectors.conftest import Connect
from tests.connections.connectors.recording import Link, gone, ids_of, mark_of
from tests.connections.connectors.specifications import problems
from tests.sandbox.serving import RunningSandbox

ENTITIES = ("payments", "invoices", "customers", "subscriptions")


def connected(connect: Connect) -> Link:
    """A connected account."""
    return connect("stripe", lambda told: told["stripe_user_id"])


@pytest.fixture
def stripe(connect: Connect) -> Link:
    """An account with sixty records of each kind."""
    return connected(connect)


def test_a_full_run_reads_everything_and_marks_where_events_begin(connect: Connect, sandbox: RunningSandbox) -> None:
    sandbox.control.reset(records=250)
    stripe = connected(connect)
    fresh = stripe.pages("payments")
    assert len(ids_of(fresh)) == len(set(ids_of(fresh))) == 250
    assert [len(page.records) for page in fresh] == [100, 100, 50]
    assert mark_of(fresh)["created"] == pytest.approx(time.time(), abs=600)
    assert all(sent.headers["Stripe-Account"] == stripe.connector.config.account_id for sent in stripe.sent)


def test_ended_subscriptions_are_read_too(stripe: Link) -> None:
    pages = stripe.pages("subscriptions")
    statuses = {msgspec.json.decode(record.raw)["status"] for page in pages for record in page.records}
    assert "canceled" in statuses
    assert len(ids_of(pages)) == 60


def test_an_increment_holds_each_changed_object_once_as_it_is_now(stripe: Link, sandbox: RunningSandbox) -> None:
    mark = mark_of(stripe.pages("payments"))
    assert ids_of(stripe.pages("payments", mark)) == []
    for number in range(3):
        sandbox.control.records("stripe", "payment_intents", change=50, fields={"amount": 100 + number})
    pages = stripe.pages("payments", mark)
    latest = {record.external_id: record.raw for page in pages for record in page.records}
    assert {msgspec.json.decode(raw)["amount"] for raw in latest.values()} == {102}
    assert ids_of(stripe.pages("payments", mark_of(pages))) == []


def test_deletions_are_told_by_events_and_an_ended_subscription_is_none(stripe: Link, sandbox: RunningSandbox) -> None:
    marks = {entity: mark_of(stripe.pages(entity)) for entity in ("customers", "subscriptions")}
    sandbox.control.records("stripe", "customers", delete=2)
    sandbox.control.records("stripe", "subscriptions", delete=1)
    customers = stripe.pages("customers", marks["customers"])
    assert (len(gone(customers)), ids_of(customers)) == (2, [])
    subscriptions = stripe.pages("subscriptions", marks["subscriptions"])
    assert gone(subscriptions) == []
    [record] = [record for page in subscriptions for record in page.records]
    assert msgspec.json.decode(record.raw)["status"] == "canceled"


def test_a_mark_older_than_the_events_leads_to_a_full_run(stripe: Link) -> None:
    old = {"event": "evt_1", "created": int(time.time()) - 40 * 86_400}
    assert len(ids_of(stripe.pages("customers", old))) == 60
    forgotten = {"event": "evt_unknown", "created": int(time.time())}
    assert len(ids_of(stripe.pages("customers", forgotten))) == 60


def test_an_object_in_another_api_version_is_asked_for_anew(
    stripe: Link, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = mark_of(stripe.pages("customers"))
    sandbox.control.records("stripe", "customers", change=3, fields={"name": "Renamed"})
    connection = stripe.connector.config.definition.connection
    assert connection is not None
    monkeypatch.setitem(connection.headers, "Stripe-Version", "2024-06-20")
    changed = stripe.pages("customers", mark)
    assert {msgspec.json.decode(record.raw)["name"] for page in changed for record in page.records} == {"Renamed"}
    assert sum(sent.path.startswith("/v1/customers/cus_") for sent in stripe.sent) == 3


def test_events_end_the_same_wherever_they_are_cut(connect: Connect, sandbox: RunningSandbox) -> None:
    """A mark without an event leads from the newest event back: what a later event deleted stays deleted."""
    sandbox.control.reset(records=130)
    stripe = connected(connect)
    start = {"created": int(time.time()) - 60}
    for number in range(2):
        sandbox.control.records("stripe", "customers", change=120, fields={"name": f"Name {number}"})
    sandbox.control.records("stripe", "customers", delete=7)
    pages = stripe.pages("customers", start)
    whole = outcome(pages)
    assert sum(state is None for state in whole.values()) == 7
    assert [len(page.records) for page in pages[:2]] == [0, 0]
    requests = [sent for sent in stripe.sent if sent.path == "/v1/events"]
    assert len(requests) == len(pages)
    for index, page in enumerate(pages[:-1]):
        assert outcome([*pages[: index + 1], *stripe.pages("customers", start, page.cursor)]) == whole
    sandbox.control.records("stripe", "customers", delete=1)
    for index, page in enumerate(pages[:-1]):
        later = outcome([*pages[: index + 1], *stripe.pages("customers", start, page.cursor)])
        assert sum(state is None for state in later.values()) == 8


def test_few_objects_are_asked_for_anew_for_a_page(
    stripe: Link, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = mark_of(stripe.pages("customers"))
    sandbox.control.records("stripe", "customers", change=50, fields={"name": "Renamed"})
    connection = stripe.connector.config.definition.connection
    assert connection is not None
    monkeypatch.setitem(connection.headers, "Stripe-Version", "2024-06-20")
    pages = stripe.pages("customers", mark)
    assert [len(page.records) for page in pages] == [20, 20, 10]
    assert len(set(ids_of(pages))) == 50


@pytest.mark.parametrize("body", [b"{}", b'{"data": null, "has_more": false}', b'{"data": [], "has_more": true}'])
def test_an_answer_that_lacks_what_it_promises_ends_no_list(stripe: Link, body: bytes) -> None:
    for path, since in (("/v1/customers", None), ("/v1/events", {"created": int(time.time())})):
        stripe.recording.answers = {path: body}
        with pytest.raises(AnswerUnreadable):
            stripe.pages("customers", since)


def outcome(pages: list[Page]) -> dict[str, bytes | None]:
    """What is left of each object, page after page; None where it is gone."""
    found: dict[str, bytes | None] = {}
    for page in pages:
        found |= {record.external_id: record.raw for record in page.records}
        found |= dict.fromkeys(page.deleted)
    return found


def test_stripe_is_searched_by_what_it_can_search(stripe: Link) -> None:
    [first, *_] = stripe.pages("customers")[0].records
    name = msgspec.json.decode(first.raw)["name"]
    found = stripe.connector.search(name, entities=["customers"], limit=5)  # type: ignore[attr-defined]
    assert first.external_id in {each.external_id for each in found}
    assert stripe.connector.search('a"', entities=["customers"], limit=5) == []  # type: ignore[attr-defined]


def test_every_request_agrees_with_the_specification(stripe: Link, sandbox: RunningSandbox) -> None:
    stripe.connector.check()
    for entity in ENTITIES:
        mark = mark_of(stripe.pages(entity))
        stripe.pages(entity, mark)
        stripe.pages(entity, {"created": int(time.time()) - 60})
    stripe.connector.search("Meridian", entities=[], limit=5)  # type: ignore[attr-defined]
    assert len(stripe.sent) > 15
    judged = [(sent, problems("stripe", sent.method, sent.path, query=dict(sent.query))) for sent in stripe.sent]
    assert [(sent, found) for sent, found in judged if found] == []


def test_the_specification_refuses_what_stripe_does_not_have() -> None:
    assert problems("stripe", "GET", "/v1/payment_intents", query={"updated_since": "1"})
