"""What was changed, added and deleted is found where each vendor tells it."""

import datetime as dt

from tests.sandbox.calling import Vendors
from tests.sandbox.test_lists import KEY, STRIPE, Books, all_of, stripe_pages

DAY = 86_400


def test_stripe_tells_changes_by_events_of_thirty_days(vendors: Vendors) -> None:
    control = vendors.running.control
    assert vendors.get(f"{STRIPE}/events", KEY).json()["data"] == []
    done = control.records("stripe", "customers", change=2, add=1, delete=1, fields={"name": "Ada Lovelace"})
    events = all_of(stripe_pages(vendors, "events", limit=1))
    assert [event["type"] for event in events] == ["customer.created", "customer.deleted"] + ["customer.updated"] * 2
    assert [event["data"]["object"]["id"] for event in events[2:]] == done["changed"][::-1]
    assert events[0]["data"]["object"]["name"] == "Ada Lovelace"
    created = all_of(stripe_pages(vendors, "events", type="customer.created"))
    assert [event["data"]["object"]["id"] for event in created] == done["added"]
    customers = {record["id"]: record for record in all_of(stripe_pages(vendors, "customers", limit=100))}
    assert customers.keys().isdisjoint(done["deleted"])
    assert customers[done["changed"][0]]["name"] == "Ada Lovelace"
    gone = vendors.get(f"{STRIPE}/customers/{done['deleted'][0]}", KEY).json()
    assert gone == {"id": done["deleted"][0], "object": "customer", "deleted": True}
    control.advance(31 * DAY)
    assert vendors.get(f"{STRIPE}/events", KEY).json()["data"] == []


def test_stripe_cancels_subscriptions_and_deletes_test_data_silently(vendors: Vendors) -> None:
    control = vendors.running.control
    [ended] = control.records("stripe", "subscriptions", delete=1)["deleted"]
    assert vendors.get(f"{STRIPE}/subscriptions/{ended}", KEY).json()["status"] == "canceled"
    control.records("stripe", "payment_intents", delete=1)
    assert [event["type"] for event in all_of(stripe_pages(vendors, "events"))] == ["customer.subscription.deleted"]
    assert len(all_of(stripe_pages(vendors, "payment_intents"))) == 59


def test_quickbooks_tells_changes_by_time_and_deletions_by_cdc(vendors: Vendors) -> None:
    books, control = Books(vendors), vendors.running.control
    done = control.records("quickbooks", "Invoice", change=2, add=1, delete=1)
    [hidden] = control.records("quickbooks", "Customer", delete=1)["deleted"]
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).isoformat()
    changed = books.query(
        f"SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > '{since}' ORDERBY MetaData.LastUpdatedTime"
    )["Invoice"]
    assert [one["Id"] for one in changed] == [*done["changed"], *done["added"]]
    assert changed[0]["SyncToken"] == "1"
    query = {"entities": "Invoice,Customer,Bill", "changedSince": since}
    [told] = vendors.get(f"{books.path}/cdc", books.token, **query).json()["CDCResponse"]
    invoices, customers, bills = told["QueryResponse"]
    assert {one["Id"]: one.get("status") for one in invoices["Invoice"]} == {
        **dict.fromkeys([*done["changed"], *done["added"]]),
        done["deleted"][0]: "Deleted",
    }
    assert [(one["Id"], one["Active"]) for one in customers["Customer"]] == [(hidden, False)]
    assert bills == {}
    long_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(days=31)).isoformat()
    answer = vendors.get(f"{books.path}/cdc", books.token, entities="Invoice", changedSince=long_ago)
    assert (answer.status_code, "Fault" in answer.json()) == (400, True)


def test_cdc_stops_at_a_thousand_objects(vendors: Vendors) -> None:
    vendors.running.control.reset(records=1200)
    books = Books(vendors)
    vendors.running.control.records("quickbooks", "Bill", change=900)
    vendors.running.control.records("quickbooks", "Invoice", change=900)
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).isoformat()
    query = {"entities": "Invoice,Bill", "changedSince": since}
    [told] = vendors.get(f"{books.path}/cdc", books.token, **query).json()["CDCResponse"]
    invoices, bills = told["QueryResponse"]
    assert (len(invoices["Invoice"]), len(bills["Bill"])) == (900, 100)


def test_slack_does_not_tell_edits_again(vendors: Vendors) -> None:
    token, control = vendors.connect("slack")["access_token"], vendors.running.control
    channel = vendors.get("/slack.com/api/conversations.list", token).json()["channels"][0]["id"]
    path = "/slack.com/api/conversations.history"
    [newest] = vendors.get(path, token, channel=channel, limit=1).json()["messages"]
    done = control.records("slack", "messages", part=channel, change=1, add=2)
    later = vendors.get(path, token, channel=channel, oldest=newest["ts"]).json()["messages"]
    assert [one["ts"] for one in later] == done["added"][::-1]
    everything = vendors.get(path, token, channel=channel, limit=200).json()["messages"]
    assert [one["ts"] for one in everything if "edited" in one] == done["changed"]


def test_xero_tells_changes_by_the_header(vendors: Vendors) -> None:
    token, control = vendors.connect("xero")["access_token"], vendors.running.control
    tenant = vendors.get("/api.xero.com/connections", token).json()[0]["tenantId"]
    done = control.records("xero", "Contacts", change=2, add=1, delete=1)
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    headers = {"xero-tenant-id": tenant, "If-Modified-Since": since}
    told = vendors.get("/api.xero.com/api.xro/2.0/Contacts", token, headers, page=1).json()
    assert [one["ContactID"] for one in told["Contacts"]] == [*done["changed"], *done["added"]]
    assert told["pagination"]["itemCount"] == 3


def test_bad_orders_are_refused_and_change_nothing(vendors: Vendors) -> None:
    for body in (
        {"vendor": "nobody", "entity": "x"},
        {"vendor": "stripe", "entity": "nothing", "add": 1},
        {"vendor": "stripe", "entity": "customers", "add": -1},
        {"vendor": "stripe", "entity": "customers", "add": "many"},
        {"vendor": "stripe", "entity": "customers", "change": ["cus_nobody"]},
        {"vendor": "stripe", "entity": "customers", "account": "nobody", "add": 1},
        ["no object"],
    ):
        answer = vendors.http.post("/control/records", json=body)
        assert (answer.status_code, "error" in answer.json()) == (400, True), body
    assert len(all_of(stripe_pages(vendors, "customers"))) == 60
    assert vendors.get(f"{STRIPE}/events", KEY).json()["data"] == []
