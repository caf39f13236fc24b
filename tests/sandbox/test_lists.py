"""Each vendor's paging: everything once, ends as the sheet says, nothing of another account."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.calling import Vendors

STRIPE = "/api.stripe.com/v1"
KEY = "sk_test_northwind"


def stripe_pages(vendors: Vendors, entity: str, key: str = KEY, **query: Any) -> Iterator[list[dict[str, Any]]]:
    """All pages of a list."""
    while True:
        page = vendors.get(f"{STRIPE}/{entity}", key, **query).raise_for_status().json()
        yield page["data"]
        if not page["has_more"]:
            return
        query["starting_after"] = page["data"][-1]["id"]


def all_of(pages: Iterator[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The records of all pages."""
    return [record for page in pages for record in page]


@pytest.mark.parametrize("entity", ["payment_intents", "charges", "invoices", "customers", "refunds", "subscriptions"])
def test_stripe_lists_are_newest_first_by_cursor(vendors: Vendors, entity: str) -> None:
    query = {"status": "all"} if entity == "subscriptions" else {}
    records = all_of(stripe_pages(vendors, entity, limit=7, **query))
    assert len({record["id"] for record in records}) == len(records) == 60
    moments = [record["created"] for record in records]
    assert moments == sorted(moments, reverse=True)
    middle = records[30]
    assert vendors.get(f"{STRIPE}/{entity}/{middle['id']}", KEY).json() == middle
    before = vendors.get(f"{STRIPE}/{entity}", KEY, ending_before=records[3]["id"], **query).json()
    assert [one["id"] for one in before["data"]] == [one["id"] for one in records[:3]]


def test_stripe_money_and_size(vendors: Vendors) -> None:
    vendors.running.control.reset(records=1000, seed=7)
    page = vendors.get(f"{STRIPE}/payment_intents", KEY, limit=100)
    assert 800 * 100 < len(page.content) < 900 * 100
    payments = all_of(stripe_pages(vendors, "payment_intents", limit=100))
    assert {"usd", "eur", "jpy", "kwd"} <= {payment["currency"] for payment in payments}
    assert all(payment["amount"] % 10 == 0 for payment in payments if payment["currency"] == "kwd")
    assert {"succeeded", "canceled", "processing"} <= {payment["status"] for payment in payments}


def test_stripe_filters(vendors: Vendors) -> None:
    payments = all_of(stripe_pages(vendors, "payment_intents", limit=100))
    since = payments[20]["created"]
    found = all_of(stripe_pages(vendors, "payment_intents", limit=6, **{"created[gte]": since}))
    assert found == payments[:21]
    customer = payments[0]["customer"]
    theirs = all_of(stripe_pages(vendors, "payment_intents", customer=customer))
    assert theirs == [payment for payment in payments if payment["customer"] == customer]
    shown = all_of(stripe_pages(vendors, "subscriptions", limit=100))
    assert 0 < len(shown) < 60
    assert "canceled" not in {one["status"] for one in shown}


def test_stripe_refuses_in_its_own_words(vendors: Vendors) -> None:
    for query in ({"limit": "0"}, {"limit": "x"}, {"starting_after": "pi_nobody"}, {"created[gte]": "soon"}):
        answer = vendors.get(f"{STRIPE}/payment_intents", KEY, **query)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert vendors.get(f"{STRIPE}/payment_intents", "sk_test_nobody").status_code == 401
    assert vendors.get(f"{STRIPE}/customers/cus_nobody", KEY).json()["error"]["code"] == "resource_missing"


def test_stripe_search(vendors: Vendors) -> None:
    customer = vendors.get(f"{STRIPE}/customers", KEY, limit=1).json()["data"][0]
    found = vendors.get(f"{STRIPE}/customers/search", KEY, query=f'email:"{customer["email"]}"').json()
    assert (found["object"], found["data"], found["has_more"]) == ("search_result", [customer], False)
    first = vendors.get(f"{STRIPE}/customers/search", KEY, query='email~"example.com"', limit=2).json()
    second = vendors.get(
        f"{STRIPE}/customers/search", KEY, query='email~"example.com"', limit=2, page=first["next_page"]
    ).json()
    assert {one["id"] for one in first["data"]}.isdisjoint(one["id"] for one in second["data"])


def test_records_are_the_same_for_the_same_seed(vendors: Vendors) -> None:
    def first(**body: int) -> dict[str, Any]:
        vendors.running.control.reset(**body)
        page: dict[str, Any] = vendors.get(f"{STRIPE}/customers", KEY, limit=2).json()
        return page

    held = first(records=100_000, seed=7)
    assert first(records=100_000, seed=8) != held
    assert first(records=100_000, seed=7) == held


def test_a_token_opens_its_own_account_alone(vendors: Vendors) -> None:
    one, other = vendors.connect("stripe"), vendors.connect("stripe", account="contoso")
    mine = all_of(stripe_pages(vendors, "customers", one["access_token"], limit=100))
    theirs = all_of(stripe_pages(vendors, "customers", other["access_token"], limit=100))
    assert (len(mine), len(theirs)) == (60, 30)
    assert {record["id"] for record in mine}.isdisjoint(record["id"] for record in theirs)
    for_them = {"Stripe-Account": other["stripe_user_id"]}
    assert vendors.get(f"{STRIPE}/account", "stripe-demo-secret", for_them).json()["id"] == for_them["Stripe-Account"]
    stranger = {"Stripe-Account": "acct_1SbBlankSlate0003"}
    assert vendors.get(f"{STRIPE}/account", "stripe-demo-secret", stranger).status_code == 403
    nothing = vendors.connect("stripe", account="empty")
    assert all_of(stripe_pages(vendors, "customers", nothing["access_token"])) == []


def slack_pages(vendors: Vendors, token: str, method: str, key: str, **query: Any) -> list[dict[str, Any]]:
    """All records of a Slack list; the cursor is "" at the end."""
    records = []
    while True:
        told = vendors.get(f"/slack.com/api/{method}", token, **query).json()
        assert told["ok"], told
        records += told[key]
        query["cursor"] = told["response_metadata"]["next_cursor"]
        if query["cursor"] == "":
            return records


def test_slack_channels_people_and_history(vendors: Vendors) -> None:
    token = vendors.connect("slack")["access_token"]
    public = slack_pages(vendors, token, "conversations.list", "channels", limit=3)
    everything = slack_pages(
        vendors, token, "conversations.list", "channels", limit=3, types="public_channel,private_channel"
    )
    assert {one["id"] for one in public} < {one["id"] for one in everything}
    assert len(slack_pages(vendors, token, "users.list", "members", limit=25)) == 60
    channel = everything[0]["id"]
    messages = slack_pages(vendors, token, "conversations.history", "messages", channel=channel, limit=9)
    stamps = [message["ts"] for message in messages]
    assert len(set(stamps)) == 60
    assert stamps == sorted(stamps, reverse=True)
    later = slack_pages(
        vendors, token, "conversations.history", "messages", channel=channel, limit=9, oldest=stamps[20]
    )
    assert later == messages[:20]
    vendors.running.control.settings(slackUnlisted=True)
    few = vendors.get("/slack.com/api/conversations.history", token, channel=channel, limit=200).json()
    assert (len(few["messages"]), few["has_more"]) == (15, True)
    thread = next(message for message in messages if "thread_ts" in message)
    replies = slack_pages(vendors, token, "conversations.replies", "messages", channel=channel, ts=thread["ts"])
    assert replies[0]["ts"] == thread["ts"]
    assert {one["ts"] for one in replies[1:]}.isdisjoint(stamps)
    outside = next(one for one in everything if not one["is_member"] and not one["is_archived"])
    for query, word in (({"channel": outside["id"]}, "not_in_channel"), ({"channel": "C0"}, "channel_not_found")):
        answer = vendors.get("/slack.com/api/conversations.history", token, **query)
        assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": word})


def test_slack_takes_messages(vendors: Vendors) -> None:
    token = vendors.connect("slack")["access_token"]
    channel = vendors.get("/slack.com/api/conversations.list", token).json()["channels"][0]["id"]
    posted = vendors.http.post(
        "/slack.com/api/chat.postMessage",
        json={"channel": channel, "text": "Bill & co are paid"},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    newest = vendors.get("/slack.com/api/conversations.history", token, channel=channel, limit=1).json()["messages"]
    assert (posted["ts"], "Bill & co are paid") == (newest[0]["ts"], newest[0]["text"])


class Books:
    """A QuickBooks company."""

    def __init__(self, vendors: Vendors, **consent: Any) -> None:
        told = vendors.connect("quickbooks", **consent)
        self.vendors, self.token = vendors, told["access_token"]
        self.path = f"/quickbooks.api.intuit.com/v3/company/{told['redirect']['realmId']}"

    def query(self, statement: str) -> dict[str, Any]:
        """A QueryResponse."""
        answer = self.vendors.get(f"{self.path}/query", self.token, query=statement)
        told: dict[str, Any] = answer.raise_for_status().json()["QueryResponse"]
        return told


def test_quickbooks_pages_by_position(vendors: Vendors) -> None:
    books, found, start = Books(vendors), [], 1
    while page := books.query(f"SELECT * FROM Invoice STARTPOSITION {start} MAXRESULTS 25").get("Invoice"):
        found += page
        start += 25
    assert [one["Id"] for one in found] == [str(number) for number in range(1, 61)]
    assert books.query("SELECT * FROM Invoice STARTPOSITION 61 MAXRESULTS 25") == {}
    assert books.query("select count(*) from Invoice") == {"totalCount": 60}
    assert Books(vendors, account="empty").query("SELECT * FROM Bill") == {}
    since = found[40]["MetaData"]["LastUpdatedTime"]
    later = books.query(
        f"SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime >= '{since}' ORDERBY MetaData.LastUpdatedTime"
    )
    assert [one["Id"] for one in later["Invoice"]] == [str(number) for number in range(41, 61)]


def test_quickbooks_name_lists_hide_the_inactive(vendors: Vendors) -> None:
    books = Books(vendors)
    active = books.query("SELECT * FROM Customer MAXRESULTS 1000")["Customer"]
    everybody = books.query("SELECT * FROM Customer WHERE Active IN (true, false) MAXRESULTS 1000")["Customer"]
    assert (len(everybody), all(one["Active"] for one in active)) == (60, True)
    assert 0 < len(active) < 60
    name = next(one["DisplayName"] for one in everybody if "O'Brien" not in one["DisplayName"])
    found = books.query(f"SELECT * FROM Customer WHERE DisplayName = '{name}' AND Active IN (true,false)")
    assert [one["DisplayName"] for one in found["Customer"]] == [name]


def test_quickbooks_faults(vendors: Vendors) -> None:
    books, other = Books(vendors), Books(vendors, account="contoso")
    for statement in ("DELETE FROM Invoice", "SELECT * FROM Nonsense", "SELECT * FROM Invoice WHERE a OR b",
                      "SELECT * FROM Invoice MAXRESULTS 1001"):  # fmt: skip
        answer = vendors.get(f"{books.path}/query", books.token, query=statement)
        assert (answer.status_code, answer.json()["Fault"]["type"]) == (400, "ValidationFault")
    foreign = vendors.get(f"{other.path}/query", books.token, query="SELECT * FROM Invoice")
    assert (foreign.status_code, foreign.json()["Fault"]["Error"][0]["code"]) == (403, "3100")
    unknown = vendors.get(f"{books.path}/query", "nobody", query="SELECT * FROM Invoice")
    assert (unknown.status_code, unknown.json()["fault"]["error"][0]["code"]) == (401, "3200")
    xml = vendors.get(f"{books.path}/query", books.token, {"Accept": "*/*"}, query="SELECT * FROM Bill")
    assert xml.text.startswith("<?xml")


def test_xero_pages_by_number(vendors: Vendors) -> None:
    token = vendors.connect("xero")["access_token"]
    tenant = vendors.get("/api.xero.com/connections", token).json()[0]["tenantId"]

    def call(path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        given = {"xero-tenant-id": tenant} | (headers or {})
        return vendors.get(f"/api.xero.com/api.xro/2.0/{path}", token, given, **query)

    pages = [call("Invoices", page=number, pageSize=25).json() for number in (1, 2, 3, 4)]
    found = [one for page in pages for one in page["Invoices"]]
    assert len({one["InvoiceID"] for one in found}) == 60
    assert pages[0]["pagination"] == {"page": 1, "pageSize": 25, "pageCount": 3, "itemCount": 60}
    assert found[0]["LineItems"]
    assert "LineItems" not in call("Invoices").json()["Invoices"][0]
    assert re.fullmatch(r"/Date\(\d{13}\+0000\)/", found[0]["UpdatedDateUTC"])
    bills = call("Invoices", page=1, where='Type=="ACCPAY" AND Status=="PAID"').json()["Invoices"]
    assert bills == [one for one in found if (one["Type"], one["Status"]) == ("ACCPAY", "PAID")]
    assert call("Invoices", page=1, where="nonsense(").status_code == 400
    moment = found[50]["DateString"]
    later = call("Invoices", {"If-Modified-Since": moment}, page=1).json()["Invoices"]
    assert found[51] in later
    assert found[40] not in later
    assert call("Invoices", {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}).status_code == 400
    assert call("Organisation").json()["Organisations"][0]["Name"] == "Northwind Trading"
    assert call("Invoices", {"xero-tenant-id": "0a7e3d52-2222-4c1b-9d5e-6f0000000002"}).status_code == 403
    assert call("ManualJournals", page=1).status_code == 401  # the scope is missing
    assert call("Contacts", {"Accept": "*/*"}, page=1).text.startswith("<?xml")
