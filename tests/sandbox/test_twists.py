"""Pages that come twice or out of order: wherever a list is answered, and counted where it was done."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from integrations_site.sandbox.clock import iso
from tests.sandbox.calling import Vendors
from tests.sandbox.test_lists import KEY, STRIPE

WORKDAY = "/wd2-impl-services1.workday.com/ccx"
ISU = ("isu-demo", "workday-demo-secret")
ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><Username>isu-demo@northwind</Username>'
    f"<Password>{ISU[1]}</Password></e:Header><e:Body><Get_Workers_Request/></e:Body></e:Envelope>"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call for a list. `id` finds the ids in the answer, in their order."""

    path: str
    id: str
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def ids(self, vendors: Vendors) -> list[str]:
        """The ids that come."""
        if "Human_Resources" in self.path:
            answer = vendors.http.post(self.path, content=ENVELOPE)
        elif self.path.startswith(WORKDAY):
            answer = vendors.http.get(self.path, params=self.query, auth=ISU)
        else:
            answer = vendors.get(self.path, self.token, self.headers, **self.query)
        assert answer.status_code == 200, answer.text
        return re.findall(self.id, answer.text)


def _of_stripe(vendors: Vendors) -> list[Asked]:
    vendors.running.control.records("stripe", "customers", change=5)
    found = '"id":"(evt_[^"]+)"', '"id":"(cus_[^"]+)"'
    search = {"query": 'email~"@"'}
    return [
        Asked(f"{STRIPE}/events", found[0], KEY),
        Asked(f"{STRIPE}/customers", found[1], KEY),
        Asked(f"{STRIPE}/customers/search", found[1], KEY, query=search),
    ]


def _of_slack(vendors: Vendors) -> list[Asked]:
    vendors.running.control.reset(records=450)
    token = vendors.connect("slack")["access_token"]
    api = "/slack.com/api"
    channel = vendors.get(f"{api}/conversations.list", token).json()["channels"][0]["id"]
    history = Asked(f"{api}/conversations.history", '"ts":"([^"]+)"', token, query={"channel": channel})
    messages = vendors.get(history.path, token, **history.query).json()["messages"]
    thread = next(message["ts"] for message in messages if message.get("reply_count"))
    replies = Asked(f"{api}/conversations.replies", history.id, token, query={"channel": channel, "ts": thread})
    return [history, replies, Asked(f"{api}/users.list", '"id":"([^"]+)"', token)]


def _of_quickbooks(vendors: Vendors) -> list[Asked]:
    vendors.running.control.records("quickbooks", "Invoice", change=5)
    told = vendors.connect("quickbooks")
    company, token = f"/quickbooks.api.intuit.com/v3/company/{told['redirect']['realmId']}", told["access_token"]
    since = {"entities": "Invoice", "changedSince": iso(time.time() - 3600)}
    id = r'"Id":"(\d+)","SyncToken"'
    return [
        Asked(f"{company}/cdc", id, token, query=since),
        Asked(f"{company}/query", id, token, query={"query": "SELECT * FROM Invoice"}),
    ]


def _of_xero(vendors: Vendors) -> list[Asked]:
    token = vendors.connect("xero")["access_token"]
    tenant = vendors.get("/api.xero.com/connections", token).json()[0]["tenantId"]
    headers = {"xero-tenant-id": tenant, "accept": "application/json"}
    path, id = "/api.xero.com/api.xro/2.0/Contacts", '"ContactID":"([^"]+)"'
    return [Asked(path, id, token, headers), Asked(path, id, token, headers, {"page": "1"})]


def _of_workday(vendors: Vendors) -> list[Asked]:
    return [
        Asked(f"{WORKDAY}/service/northwind/Human_Resources/v40.0", r'Worker_Reference .*?"WID">([^<]+)<'),
        Asked(
            f"{WORKDAY}/service/customreport2/northwind/x/Workers", '"Workday_ID":"([^"]+)"', query={"format": "json"}
        ),
        Asked(f"{WORKDAY}/api/staffing/v6/northwind/workers", '"id":"([^"]+)"'),
    ]


def _of_the_uncoded_one(vendors: Vendors) -> list[Asked]:
    ways = ("none", "cursor", "offset", "page", "link")
    return [Asked(f"/generic/{way}", '"id":"([^"]+)"', "demo-key") for way in ways]


@pytest.mark.parametrize("lists", [_of_stripe, _of_slack, _of_quickbooks, _of_xero, _of_workday, _of_the_uncoded_one])
def test_every_list_comes_twice_and_out_of_order(lists: Callable[[Vendors], list[Asked]], vendors: Vendors) -> None:
    control = vendors.running.control
    for asked in lists(vendors):
        plain = asked.ids(vendors)
        assert len(plain) > 1
        control.fault("reorder", path=f"{asked.path}$", times=1)
        shuffled = asked.ids(vendors)
        assert (shuffled != plain, sorted(shuffled)) == (True, sorted(plain)), asked.path
        control.fault("duplicate", path=f"{asked.path}$", times=1)
        assert asked.ids(vendors) == plain * 2, asked.path
        assert asked.ids(vendors) == plain


def test_only_what_was_twisted_counts(vendors: Vendors) -> None:
    control = vendors.running.control
    for kind in ("duplicate", "reorder"):
        control.fault(kind, host="api.stripe.com", times=1)
    control.fault("rate_limited", host="api.stripe.com", times=1)
    statuses = [vendors.get(f"{STRIPE}/{what}", KEY).status_code for what in ("customers", "account", "events")]
    assert statuses == [429, 200, 200]  # a refusal, no list, and an empty one
    assert [fault["struck"] for fault in control.call("GET", "/faults")["faults"]] == [0, 0, 1]
    assert [call["fault"] for call in control.requests(STRIPE)["latest"]] == [None, None, "rate_limited"]
    assert len(vendors.get(f"{STRIPE}/customers", KEY, limit=5).json()["data"]) == 10
    assert [fault["struck"] for fault in control.call("GET", "/faults")["faults"]] == [1, 1, 1]
