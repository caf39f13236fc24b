"""Xero: lists as its definition says, expenses out of two of them, and a limit by the day."""

import msgspec
import pytest

from connections.sdk.errors import RateLimited
from tests.connections.connectors.conftest import Connect
from tests.connections.connectors.recording import Link, gone, ids_of, mark_of
from tests.connections.connectors.specifications import problems
from tests.sandbox.calling import Vendors
from tests.sandbox.serving import RunningSandbox

ENTITIES = ("invoices", "expenses", "contacts", "bank_transactions")


def connected(connect: Connect, vendors: Vendors) -> Link:
    """A connected organisation; which one the token is for shows by a call."""

    def organisation(told: dict[str, str]) -> str:
        [first, *_] = vendors.get("/api.xero.com/connections", told["access_token"]).json()
        return str(first["tenantId"])

    return connect("xero", organisation)


@pytest.fixture
def xero(connect: Connect, vendors: Vendors) -> Link:
    """An organisation with sixty records of each kind."""
    return connected(connect, vendors)


def records_of(xero: Link, entity: str, since: object = None) -> dict[str, dict[str, object]]:
    """All records by their id."""
    return {one.external_id: msgspec.json.decode(one.raw) for page in xero.pages(entity, since) for one in page.records}


def test_invoices_are_sales_and_come_whole(xero: Link) -> None:
    found = records_of(xero, "invoices").values()
    assert {one["Type"] for one in found} == {"ACCREC"}
    assert all(one["LineItems"] for one in found)


def test_expenses_are_bills_and_spent_money(xero: Link) -> None:
    expenses = records_of(xero, "expenses")
    assert {one["kind"]: one["Type"] for one in expenses.values()} == {"bill": "ACCPAY", "spend": "SPEND"}
    assert all(one["id"] == id for id, one in expenses.items())
    spent = {id for id, one in records_of(xero, "bank_transactions").items() if one["Type"] == "SPEND"}
    assert spent == {id for id, one in expenses.items() if one["kind"] == "spend"}
    assert len(expenses) + len(records_of(xero, "invoices")) - len(spent) == 60


def test_pages_are_read_to_the_end(connect: Connect, vendors: Vendors, sandbox: RunningSandbox) -> None:
    sandbox.control.reset(records=430)
    xero = connected(connect, vendors)
    pages = xero.pages("contacts")
    assert len(set(ids_of(pages))) == len(ids_of(pages)) == 430
    assert pages[0].total == 430


def test_an_increment_asks_for_what_was_modified_since(xero: Link, sandbox: RunningSandbox) -> None:
    marks = {entity: mark_of(xero.pages(entity)) for entity in ENTITIES}
    sandbox.control.records("xero", "Contacts", change=2)
    sandbox.control.records("xero", "BankTransactions", change=60)
    assert len(records_of(xero, "contacts", marks["contacts"])) == 2 + 1
    asked = xero.sent[-1].headers["If-Modified-Since"]
    assert asked.endswith("Z")
    changed = records_of(xero, "expenses", marks["expenses"])
    assert {one["kind"] for one in changed.values()} >= {"spend"}
    assert gone(xero.pages("expenses", marks["expenses"])) == []


def test_the_limit_of_the_day_is_told_with_when_it_lifts(xero: Link, sandbox: RunningSandbox) -> None:
    sandbox.control.fault("rate_limited", host="api.xero.com", seconds=50_000, times=10)
    with pytest.raises(RateLimited) as limited:
        xero.pages("invoices")
    assert limited.value.retry_after == pytest.approx(50_000, abs=5)
    assert len(xero.sent) == 1


def test_every_request_agrees_with_the_specification(xero: Link) -> None:
    xero.connector.check()
    for entity in ENTITIES:
        xero.pages(entity, mark_of(xero.pages(entity)))
        xero.connector.search("a", entities=[entity], limit=3)  # type: ignore[attr-defined]
    judged = []
    for sent in xero.sent:
        path = "/Connections" if sent.path.startswith("https:") else sent.path
        judged.append((sent, problems("xero", sent.method, path, query=dict(sent.query))))
    assert [(sent, found) for sent, found in judged if found] == []


def test_the_specification_refuses_what_xero_does_not_have() -> None:
    assert problems("xero", "GET", "/Bills")
    assert problems("xero", "GET", "/Invoices", query={"modifiedSince": "2026-01-01"})
