"""QuickBooks: statements of its query language, deletions from its change data capture."""

import datetime as dt
import re

import msgspec
import pytest

from connections.connectors.quickbooks.statements import SOURCES, changed_since, containing, quoted
from connections.sdk.errors import AnswerUnreadable, CredentialError
from tests.connections.connectors.conftest import Connect
from tests.connections.connectors.recording import Link, gone, ids_of, mark_of
from tests.connections.connectors.specifications import intuit_schema
from tests.sandbox.serving import RunningSandbox


def connected(connect: Connect) -> Link:
    """A connected company; its id came with the redirect."""
    return connect("quickbooks", lambda told: told["redirect"]["realmId"])


@pytest.fixture
def quickbooks(connect: Connect) -> Link:
    """A company with sixty records of each kind."""
    return connected(connect)


def test_pages_of_a_thousand_are_read_to_the_end(connect: Connect, sandbox: RunningSandbox) -> None:
    sandbox.control.reset(records=2500)
    quickbooks = connected(connect)
    ids = ids_of(quickbooks.pages("invoices"))
    assert len(ids) == len(set(ids)) == 2500
    assert len(quickbooks.sent) == 3


def test_what_changes_while_pages_are_read_is_not_missed(connect: Connect, sandbox: RunningSandbox) -> None:
    sandbox.control.reset(records=1500)
    quickbooks = connected(connect)
    [first, *_] = quickbooks.pages("invoices")[:1]
    sandbox.control.records("quickbooks", "Invoice", change=40)
    rest = quickbooks.pages("invoices", None, first.cursor)
    assert len({*ids_of([first]), *ids_of(rest)}) == 1500


def test_more_records_than_a_page_with_one_time_are_read_by_position(connect: Connect, sandbox: RunningSandbox) -> None:
    sandbox.control.reset(records=2300)
    quickbooks = connected(connect)
    mark = mark_of(quickbooks.pages("customers"))
    sandbox.control.records("quickbooks", "Customer", change=2300)
    assert len(set(ids_of(quickbooks.pages("customers", mark)))) == 2300


def test_inactive_names_are_read(quickbooks: Link) -> None:
    found = [msgspec.json.decode(one.raw) for page in quickbooks.pages("vendors") for one in page.records]
    assert len(found) == 60
    assert False in {one["Active"] for one in found}


def test_expenses_are_purchases_and_bills_under_ids_of_their_own(quickbooks: Link) -> None:
    found = {
        one.external_id: msgspec.json.decode(one.raw) for page in quickbooks.pages("expenses") for one in page.records
    }
    assert len(found) == 120
    assert {one["kind"] for one in found.values()} == {"purchase", "bill"}
    assert all(one["id"] == id == f"{one['kind']}-{one['Id']}" for id, one in found.items())
    assert all(one["payee"]["value"] for one in found.values())


def test_an_increment_tells_what_changed_and_what_is_gone(quickbooks: Link, sandbox: RunningSandbox) -> None:
    marks = {entity: mark_of(quickbooks.pages(entity)) for entity in ("invoices", "expenses")}
    recent = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).isoformat(timespec="seconds")
    marks = {entity: dict.fromkeys(mark, recent) for entity, mark in marks.items()}
    sandbox.control.records("quickbooks", "Invoice", change=2)
    sandbox.control.records("quickbooks", "Bill", delete=1)
    assert len(ids_of(quickbooks.pages("invoices", marks["invoices"]))) == 2
    expenses = quickbooks.pages("expenses", marks["expenses"])
    assert (ids_of(expenses), gone(expenses)) == ([], ["bill-60"])
    assert {name: mark_of(expenses)[name] for name in ("Purchase", "Bill")} == dict.fromkeys(
        ("Purchase", "Bill"), recent
    )


def test_deletions_in_a_list_that_is_quiet_for_long_are_told(quickbooks: Link, sandbox: RunningSandbox) -> None:
    """The last change is long ago, and by itself says nothing of when deletions were asked for."""
    long_ago = {source.name: "2020-01-01T00:00:00Z" for source in SOURCES["expenses"]}
    mark = mark_of(quickbooks.pages("expenses")) | long_ago
    quiet = mark_of(quickbooks.pages("expenses", mark))
    sandbox.control.records("quickbooks", "Bill", delete=1)
    assert gone(quickbooks.pages("expenses", quiet | long_ago)) == ["bill-60"]


def test_deletions_that_nobody_tells_any_more_lead_to_a_full_reading(quickbooks: Link) -> None:
    old = dict.fromkeys(mark_of(quickbooks.pages("expenses")), "2020-01-01T00:00:00Z")
    [*_, last] = quickbooks.pages("expenses", old)
    assert last.watermark is None
    assert [("Purchase" in notice, "everything" in notice) for notice in last.notices] == [(True, True)]
    assert not [sent for sent in quickbooks.sent if sent.path == "/cdc"]


def test_deletions_behind_more_changes_than_an_answer_holds_are_found(
    connect: Connect, sandbox: RunningSandbox
) -> None:
    sandbox.control.reset(records=1500)
    quickbooks = connected(connect)
    recent = {"Invoice": (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).isoformat(timespec="seconds")}
    sandbox.control.records("quickbooks", "Invoice", change=1000)
    sandbox.control.advance(5)
    sandbox.control.records("quickbooks", "Invoice", change=400)
    sandbox.control.records("quickbooks", "Invoice", delete=3)
    assert len(gone(quickbooks.pages("invoices", recent))) == 3


def test_what_is_deleted_behind_a_full_reading_is_told_by_the_next_increment(
    connect: Connect, sandbox: RunningSandbox
) -> None:
    sandbox.control.reset(records=1500)
    quickbooks = connected(connect)
    [first, *_] = quickbooks.pages("invoices")[:1]
    sandbox.control.records("quickbooks", "Invoice", delete=600)
    sandbox.control.advance(60)
    sandbox.control.records("quickbooks", "Invoice", change=5)
    rest = quickbooks.pages("invoices", None, first.cursor)
    left = set(ids_of(quickbooks.pages("invoices")))
    read = {*ids_of([first]), *ids_of(rest)}
    assert len(read - left) >= 100
    assert read - left <= set(gone(quickbooks.pages("invoices", mark_of(rest))))


@pytest.mark.parametrize("body", [b"{}", b'{"QueryResponse": null}', b'{"QueryResponse": {"Invoice": {}}}', b""])
def test_an_answer_that_lacks_what_it_promises_ends_no_list(quickbooks: Link, body: bytes) -> None:
    quickbooks.recording.answers["/query"] = body
    with pytest.raises(AnswerUnreadable):
        quickbooks.pages("invoices")


def test_an_entity_that_is_left_out_has_no_records(quickbooks: Link) -> None:
    quickbooks.recording.answers["/query"] = b'{"QueryResponse": {}}'
    assert ids_of(quickbooks.pages("invoices")) == []


def test_another_company_is_a_matter_of_the_credential(quickbooks: Link, sandbox: RunningSandbox) -> None:
    sandbox.control.end_tokens(vendor="quickbooks", state="revoked", kind="all")
    with pytest.raises(CredentialError):
        quickbooks.connector.check()


def test_texts_are_quoted() -> None:
    assert quoted("O'Neill\\") == "'O\\'Neill\\\\'"
    assert containing(SOURCES["customers"][0], "50%", limit=5).endswith("LIKE '%50%' MAXRESULTS 5")


def test_quickbooks_is_searched_by_name_and_number(quickbooks: Link) -> None:
    [first, *_] = quickbooks.pages("customers")[0].records
    name = msgspec.json.decode(first.raw)["DisplayName"]
    found = quickbooks.connector.search(name, entities=["customers"], limit=5)  # type: ignore[attr-defined]
    assert [each.external_id for each in found] == [first.external_id]


def test_every_request_says_json_version_and_nothing_else(quickbooks: Link) -> None:
    recent = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).isoformat(timespec="seconds")
    for entity, sources in SOURCES.items():
        quickbooks.pages(entity)
        quickbooks.pages(entity, {source.name: recent for source in sources})
    stated = {"/query": {"query", "minorversion"}, "/cdc": {"entities", "changedSince", "minorversion"}}
    assert {sent.path: set(sent.query) for sent in quickbooks.sent} == stated
    assert {sent.query["minorversion"] for sent in quickbooks.sent} == {"75"}
    assert all(unknown_names(sent.query["query"]) == [] for sent in quickbooks.sent if "query" in sent.query)
    types, elements = intuit_schema()
    assert {sent.query["entities"] for sent in quickbooks.sent if "entities" in sent.query} <= types
    assert {"CDCResponse", "QueryResponse"} <= elements


def test_statements_name_what_intuits_schema_has() -> None:
    for sources in SOURCES.values():
        for source in sources:
            for statement in (
                changed_since(source, "2026-01-31T10:00:00-08:00", start=1),
                containing(source, "x", limit=1),
            ):
                assert unknown_names(statement) == [], statement


def test_intuits_schema_refuses_what_quickbooks_does_not_have() -> None:
    assert unknown_names("SELECT * FROM Expense MAXRESULTS 1") == ["Expense"]
    assert unknown_names("SELECT * FROM Invoice WHERE IsPaidNow = 'x'") == ["IsPaidNow"]


def unknown_names(statement: str) -> list[str]:
    """Entities and fields of a statement that Intuit's schema does not declare."""
    types, elements = intuit_schema()
    [entity] = re.findall(r"FROM (\w+)", statement)
    fields = re.findall(r"([A-Z][\w.]*) (?:>=|LIKE|IN|=)", statement)
    unknown = [] if entity in types else [entity]
    return unknown + [field for field in fields if not set(field.split(".")) <= elements]
