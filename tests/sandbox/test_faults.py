"""Faults on demand: each strikes what it should, as often as it should, and is counted."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import pytest

from tests.sandbox.calling import BACK, Vendors
from tests.sandbox.consenting import consent, returned
from tests.sandbox.test_lists import KEY, STRIPE, all_of, stripe_pages

CUSTOMERS = f"{STRIPE}/customers"


def test_too_many_requests_with_and_without_retry_after(vendors: Vendors) -> None:
    control = vendors.running.control
    control.fault("rate_limited", host="api.stripe.com", path="/customers$", method="GET", times=2, after=1, seconds=3)
    statuses = [vendors.get(CUSTOMERS, KEY).status_code for _ in range(4)]
    assert statuses == [200, 429, 429, 200]
    control.fault("rate_limited", host="slack.com", times=1)
    control.fault("rate_limited", path="customers", times=1, seconds=3)
    limited = vendors.get(CUSTOMERS, KEY)
    assert (limited.headers["retry-after"], limited.json()["error"]["code"]) == ("3", "rate_limit")
    slack = vendors.get("/slack.com/api/auth.test", "x")
    assert (slack.status_code, "retry-after" in slack.headers, slack.json()["error"]) == (429, False, "ratelimited")
    struck = [fault["struck"] for fault in control.call("GET", "/faults")["faults"]]
    assert struck == [2, 1, 1]


def test_server_errors_and_pages_of_a_proxy(vendors: Vendors) -> None:
    control = vendors.running.control
    control.fault("server_error", path="customers", times=1, status=503)
    answer = vendors.get(CUSTOMERS, KEY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "api_error")
    control.fault("html", path="customers", times=1)
    page = vendors.get(CUSTOMERS, KEY)
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    control.fault("invalid_json", path="customers", times=1)
    broken = vendors.get(CUSTOMERS, KEY)
    assert broken.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        broken.json()
    assert vendors.get(CUSTOMERS, KEY).json()["data"]


def test_connections_break_off(vendors: Vendors) -> None:
    control = vendors.running.control
    control.fault("reset", path="customers", times=1)
    with vendors.http.stream("GET", CUSTOMERS, auth=(KEY, "")) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx2.RemoteProtocolError):
            answer.read()
    control.fault("slow", path="customers", times=1, seconds=0.5)
    started = time.monotonic()
    assert len(vendors.get(CUSTOMERS, KEY).json()["data"]) == 10
    assert time.monotonic() - started >= 0.4
    control.fault("latency", path="customers", times=1, seconds=0.2)
    started = time.monotonic()
    vendors.get(CUSTOMERS, KEY)
    assert time.monotonic() - started >= 0.2


def test_a_lost_answer_took_effect(vendors: Vendors) -> None:
    control = vendors.running.control
    token = vendors.connect("generic")["refresh_token"]
    control.fault("lost_answer", path="^/oauth/token$", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        vendors.refresh("generic", token)
    assert control.tokens(summary=1)["exchanges"] == 1
    assert vendors.refresh("generic", token).json()["error"] == "invalid_grant"


def test_pages_come_twice_and_out_of_order(vendors: Vendors) -> None:
    control = vendors.running.control
    clean = [one["id"] for one in vendors.get("/generic/cursor", "demo-key", limit=20).json()["items"]]
    control.fault("reorder", path="cursor", times=1)
    shuffled = [one["id"] for one in vendors.get("/generic/cursor", "demo-key", limit=20).json()["items"]]
    assert shuffled != clean
    assert sorted(shuffled) == sorted(clean)
    first = vendors.get("/generic/cursor", "demo-key", limit=20).json()
    control.fault("duplicate", path="cursor", times=1)
    second = vendors.get("/generic/cursor", "demo-key", limit=20, cursor=first["next"]).json()
    assert second["items"][:20] == first["items"]
    assert len({one["id"] for one in second["items"]}) == 40


def test_records_change_beneath_a_reader(vendors: Vendors) -> None:
    before = {one["id"] for one in all_of(stripe_pages(vendors, "customers", limit=100))}
    vendors.running.control.fault("changing", path="customers", after=1, times=2, records=2)
    read: list[dict[str, Any]] = all_of(stripe_pages(vendors, "customers", limit=20))
    after = {one["id"] for one in all_of(stripe_pages(vendors, "customers", limit=100))}
    assert len(before - after) == 2  # the newest of the start; what came meanwhile went again
    assert len(after - before) == 2
    assert len({one["id"] for one in read}) == len(read) == 60


def test_every_vendors_records_can_change_beneath_a_reader(vendors: Vendors) -> None:
    quickbooks, xero = vendors.connect("quickbooks"), vendors.connect("xero")
    slack = vendors.connect("slack")["access_token"]
    channel = vendors.get("/slack.com/api/conversations.list", slack).json()["channels"][0]["id"]
    tenant = vendors.get("/api.xero.com/connections", xero["access_token"]).json()[0]["tenantId"]
    company = f"/quickbooks.api.intuit.com/v3/company/{quickbooks['redirect']['realmId']}"
    reports = "/wd2-impl-services1.workday.com/ccx/service/customreport2/northwind/isu-demo"
    calls: tuple[tuple[str, str, dict[str, str], dict[str, str]], ...] = (
        ("/slack.com/api/conversations.history", slack, {}, {"channel": channel}),
        (f"{company}/query", quickbooks["access_token"], {}, {"query": "SELECT * FROM Bill"}),
        ("/api.xero.com/api.xro/2.0/Contacts", xero["access_token"], {"xero-tenant-id": tenant}, {"page": "1"}),
        (f"{reports}/Workers", vendors.connect("workday")["access_token"], {}, {"format": "json"}),
        (f"{reports}/Approvers", vendors.connect("workday")["access_token"], {}, {"format": "json"}),
        ("/generic/page", "demo-key-contoso", {}, {"per_page": "1000"}),
    )
    for path, token, headers, query in calls:
        before = vendors.get(path, token, headers, **query)
        vendors.running.control.fault("changing", path=path, times=1)
        after = vendors.get(path, token, headers, **query)
        assert (before.status_code, after.status_code) == (200, 200)
        assert before.content != after.content, path


def test_tokens_end_in_the_vendors_words(vendors: Vendors) -> None:
    control = vendors.running.control
    told = vendors.connect("xero")
    control.fault("expired_token", host="api.xero.com", times=1)
    assert "TokenExpired" in vendors.get("/api.xero.com/connections", told["access_token"]).json()["Detail"]
    assert vendors.get("/api.xero.com/connections", told["access_token"]).status_code == 200
    assert control.end_tokens(vendor="xero", kind="access") == 1
    assert vendors.get("/api.xero.com/connections", told["access_token"]).status_code == 401
    told |= vendors.refresh("xero", told["refresh_token"]).json()
    control.fault("revoked_token", host="api.xero.com", times=1)
    assert vendors.get("/api.xero.com/connections", told["access_token"]).status_code == 401
    assert vendors.refresh("xero", told["refresh_token"]).json() == {"error": "invalid_grant"}


def test_the_vendors_clock_can_be_wrong(vendors: Vendors) -> None:
    control = vendors.running.control
    control.fault("clock_skew", path="^/oauth/token$", times=1, seconds=-7200)
    code = returned(consent(vendors.authorization_url("generic")))["code"]
    answer = vendors.ask_token("generic", grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert abs(parsedate_to_datetime(answer.headers["date"]).timestamp() + 7200 - time.time()) < 30
    # An hour's token that was given out two hours ago.
    assert vendors.get("/generic/account", answer.json()["access_token"]).status_code == 401


def test_faults_are_refused_cleared_and_removed(vendors: Vendors) -> None:
    control = vendors.running.control
    for body in (
        {"kind": "earthquake"},
        {"kind": "html", "where": "here"},
        {"kind": "html", "path": "("},
        {"kind": "html", "times": "x"},
        {"kind": "latency", "seconds": -1},
        {"kind": "latency", "seconds": True},
        {},
    ):
        assert vendors.http.post("/control/faults", json=body).status_code == 400
    not_a_number = vendors.http.post("/control/faults", content='{"kind": "slow", "seconds": NaN}')
    assert not_a_number.status_code == 400
    one = control.fault("html", path="customers")
    control.fault("html", path="customers")
    control.call("DELETE", f"/faults/{one['id']}")
    assert vendors.http.delete(f"/control/faults/{one['id']}").status_code == 404
    assert vendors.get(CUSTOMERS, KEY).status_code == 502
    control.clear_faults()
    assert vendors.get(CUSTOMERS, KEY).status_code == 200
    assert control.call("GET", "")["faults"].keys() >= {"rate_limited", "reset", "lost_answer"}


def test_vendors_limits_can_be_switched_on(vendors: Vendors) -> None:
    control = vendors.running.control
    control.limit("stripe")
    statuses = [vendors.get(CUSTOMERS, KEY).status_code for _ in range(40)]
    assert statuses[:25] == [200] * 25
    assert 429 in statuses
    control.limit("slack")
    token = vendors.connect("slack")["access_token"]
    listed = [vendors.get("/slack.com/api/users.list", token).status_code for _ in range(21)]
    assert listed == [200] * 20 + [429]
    control.limit("slack", requests=1, seconds=60, perMethod=True)
    first, second = (vendors.get("/slack.com/api/auth.test", token) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert 50 <= int(second.headers["retry-after"]) <= 60
    assert vendors.get("/slack.com/api/conversations.list", token).status_code == 200
    control.limit("slack", on=False)
    assert vendors.get("/slack.com/api/auth.test", token).status_code == 200


def test_xero_bears_five_calls_at_once(vendors: Vendors) -> None:
    control, token = vendors.running.control, vendors.connect("xero")["access_token"]
    control.limit("xero")
    control.fault("latency", host="api.xero.com", seconds=0.5, times=8)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: vendors.get("/api.xero.com/connections", token), range(8)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 3
    assert {answer.headers["x-rate-limit-problem"] for answer in refused} == {"concurrent"}
    assert vendors.get("/api.xero.com/connections", token).status_code == 200


def test_calls_are_counted_and_a_reset_forgets(vendors: Vendors) -> None:
    control = vendors.running.control
    for _ in range(3):
        vendors.get(CUSTOMERS, KEY, limit=1)
    told = control.requests(path=CUSTOMERS)
    assert told["counts"] == [{"method": "GET", "path": CUSTOMERS, "count": 3}]
    assert (told["latest"][0]["query"], told["latest"][0]["status"]) == ("limit=1", 200)
    control.records("stripe", "customers", delete=5)
    control.reset()
    assert control.requests()["total"] == 0
    assert len(all_of(stripe_pages(vendors, "customers"))) == 60
    assert vendors.http.get("/nowhere").status_code == 404
