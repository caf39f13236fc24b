"""Consent, codes and tokens, as each vendor's sheet states them."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.sandbox.calling import BACK, DOORS, Vendors
from tests.sandbox.consenting import consent, open_consent, returned

DAY = 86_400


@pytest.mark.parametrize("vendor", DOORS)
def test_consent_leads_back_with_a_code_that_serves_once(vendors: Vendors, vendor: str) -> None:
    address = consent(vendors.authorization_url(vendor))
    assert address.startswith(BACK)
    back = returned(address)
    assert (back["state"], back["kept"]) == ("s-1", "1")
    first = vendors.ask_token(vendor, grant_type="authorization_code", code=back["code"], redirect_uri=BACK)
    assert first.status_code == 200
    assert first.json()["access_token"]
    second = vendors.ask_token(vendor, grant_type="authorization_code", code=back["code"], redirect_uri=BACK)
    assert "access_token" not in second.json()
    assert second.json()["error"] == ("invalid_code" if vendor == "slack" else "invalid_grant")
    assert vendors.refresh(vendor, first.json()["refresh_token"]).json().get("access_token") is None


@pytest.mark.parametrize("vendor", DOORS)
def test_what_cannot_be_trusted_is_not_led_back(vendors: Vendors, vendor: str) -> None:
    for changed in ({"client_id": "<script>x"}, {"redirect_uri": ""}, {"redirect_uri": "javascript:alert(1)"}):
        answer = httpx2.get(vendors.authorization_url(vendor, **changed), trust_env=False)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "<script>x" not in answer.text


@pytest.mark.parametrize("vendor", DOORS)
def test_denied_and_wrong_requests_are_told_in_the_redirect(vendors: Vendors, vendor: str) -> None:
    denied = returned(consent(vendors.authorization_url(vendor), deny=True))
    assert (denied["error"], denied["state"]) == ("access_denied", "s-1")
    answer = httpx2.get(vendors.authorization_url(vendor, response_type="token"), trust_env=False)
    assert returned(answer.headers["location"])["error"] == "unsupported_response_type"


@pytest.mark.parametrize("vendor", DOORS)
def test_a_code_needs_its_client_and_its_address(vendors: Vendors, vendor: str) -> None:
    code = returned(consent(vendors.authorization_url(vendor)))["code"]
    form = {"grant_type": "authorization_code", "code": code}
    elsewhere = vendors.ask_token(vendor, **form, redirect_uri="https://evil.example.net/")
    assert "access_token" not in elsewhere.json()
    if vendor != "generic":  # which takes any secret
        assert "access_token" not in vendors.ask_token(vendor, secret="wrong", **form, redirect_uri=BACK).json()
    assert vendors.ask_token(vendor, **form, redirect_uri=BACK).json()["access_token"]


@pytest.mark.parametrize("vendor", ["xero", "generic"])
def test_pkce_is_verified(vendors: Vendors, vendor: str) -> None:
    verifier = "a-verifier-of-at-least-forty-three-characters-length"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    url = vendors.authorization_url(vendor, code_challenge=challenge, code_challenge_method="S256")
    form = {"grant_type": "authorization_code", "code": returned(consent(url))["code"], "redirect_uri": BACK}
    assert "access_token" not in vendors.ask_token(vendor, **form).json()
    assert "access_token" not in vendors.ask_token(vendor, **form, code_verifier=verifier[:-1]).json()
    assert vendors.ask_token(vendor, **form, code_verifier=verifier).json()["access_token"]


def test_scopes_can_be_reduced_and_unknown_ones_are_refused(vendors: Vendors) -> None:
    url = vendors.authorization_url("slack")
    assert "channels:history" in open_consent(url).scopes
    code = returned(consent(url, scopes=["channels:read"]))["code"]
    told = vendors.ask_token("slack", code=code, redirect_uri=BACK).json()
    assert told["scope"] == "channels:read"
    refused = vendors.get("/slack.com/api/users.list", told["access_token"]).json()
    assert (refused["ok"], refused["error"], refused["needed"]) == (False, "missing_scope", "users:read")
    old = httpx2.get(vendors.authorization_url("xero", scope="accounting.transactions"), trust_env=False)
    assert returned(old.headers["location"])["error"] == "invalid_scope"


def test_what_vendors_tell_about_the_account(vendors: Vendors) -> None:
    stripe = vendors.connect("stripe", account="contoso")
    assert stripe["stripe_user_id"].startswith("acct_")
    assert {"expires_in", "team", "realmId"}.isdisjoint(stripe)
    slack = vendors.connect("slack", account="contoso")
    assert (slack["ok"], slack["team"]["name"], slack["expires_in"]) == (True, "Contoso Retail", 43_200)
    quickbooks = vendors.connect("quickbooks", account="contoso")
    assert quickbooks["redirect"]["realmId"].isdigit()
    assert {"scope", "realmId"}.isdisjoint(quickbooks)
    payload = quickbooks["id_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["realmid"] == quickbooks["redirect"]["realmId"]
    xero = vendors.connect("xero", account="accountant")
    claims = json.loads(base64.urlsafe_b64decode(xero["access_token"].split(".")[1] + "=="))
    connections = vendors.get("/api.xero.com/connections", xero["access_token"]).json()
    assert [one["tenantName"] for one in connections] == ["Northwind Trading", "Contoso Retail"]
    assert {one["authEventId"] for one in connections} == {claims["authentication_event_id"]}


def test_xero_lists_what_a_person_ever_opened_to_the_client_and_which_consent_did(vendors: Vendors) -> None:
    """Choosing an organisation again opens nothing; leaving one ends it for every token, and it can be opened anew."""
    path = "/api.xero.com/connections"

    def listed(token: str) -> dict[str, str]:
        return {one["tenantName"]: one["authEventId"] for one in vendors.get(path, token).json()}

    def opened(*members: str) -> tuple[str, str]:
        token = vendors.connect("xero", account="accountant", members=members)["access_token"]
        payload = token.split(".")[1]
        return token, json.loads(base64.urlsafe_b64decode(payload + "=="))["authentication_event_id"]

    assert open_consent(vendors.authorization_url("xero")).members == ["northwind", "contoso"]
    (first, one), (second, two) = opened("northwind"), opened("northwind", "contoso")
    assert listed(first) == listed(second) == {"Northwind Trading": one, "Contoso Retail": two}
    assert listed(vendors.connect("xero", account="northwind")["access_token"]).keys() == {"Northwind Trading"}
    [left] = [each["id"] for each in vendors.get(path, second).json() if each["authEventId"] == one]
    gone = [vendors.http.delete(f"{path}/{left}", headers={"Authorization": f"Bearer {second}"}) for _ in range(2)]
    assert [each.status_code for each in gone] == [204, 404]
    assert listed(first) == {"Contoso Retail": two}
    _, three = opened("northwind")
    assert listed(first) == {"Northwind Trading": three, "Contoso Retail": two}


def _expired(vendor: str, vendors: Vendors, told: dict[str, Any]) -> httpx2.Response:
    realm = told["redirect"].get("realmId", "")
    paths = {
        "slack": "/slack.com/api/auth.test",
        "quickbooks": f"/quickbooks.api.intuit.com/v3/company/{realm}/companyinfo/{realm}",
        "xero": "/api.xero.com/connections",
        "workday": "/wd2-impl-services1.workday.com/ccx/api/staffing/v6/northwind/workers",
        "generic": "/generic/account",
    }
    return vendors.get(paths[vendor], told["access_token"])


@pytest.mark.parametrize("vendor", [vendor for vendor in DOORS if vendor != "stripe"])
def test_access_tokens_expire_and_are_renewed(vendors: Vendors, vendor: str) -> None:
    told = vendors.connect(vendor)
    assert _expired(vendor, vendors, told).status_code == 200
    vendors.running.control.advance(told["expires_in"])
    late = _expired(vendor, vendors, told)
    assert late.json()["error"] == "token_expired" if vendor == "slack" else late.status_code == 401
    told |= vendors.refresh(vendor, told["refresh_token"]).json()
    assert "token_expired" not in _expired(vendor, vendors, told).raise_for_status().text


@pytest.mark.parametrize("vendor", ["slack", "xero", "generic"])
def test_a_refresh_token_is_exchanged_once_however_many_try(vendors: Vendors, vendor: str) -> None:
    token = vendors.connect(vendor)["refresh_token"]
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: vendors.refresh(vendor, token).json(), range(12)))
    won = [answer for answer in answers if "access_token" in answer]
    counted = next(one for one in vendors.running.control.tokens(vendor=vendor)["tokens"] if one["token"] == token)
    assert counted["exchanges"] == len(won)
    if vendor == "xero":  # the lost answer's half hour
        assert len(won) == 12
        vendors.running.control.advance(1_801)
        assert vendors.refresh(vendor, token).json()["error"] == "invalid_grant"
    else:
        assert (len(won), counted["refused"], counted["state"]) == (1, 11, "spent")
        assert won[0]["refresh_token"] != token


def test_quickbooks_refresh_token_changes_once_a_day(vendors: Vendors) -> None:
    token = vendors.connect("quickbooks")["refresh_token"]
    assert vendors.refresh("quickbooks", token).json()["refresh_token"] == token
    vendors.running.control.advance(DAY)
    after = vendors.refresh("quickbooks", token).json()["refresh_token"]
    assert after != token
    assert vendors.refresh("quickbooks", token).status_code == 400
    assert vendors.refresh("quickbooks", after).json()["refresh_token"] == after


def test_offline_access_and_rotation_decide_about_refresh_tokens(vendors: Vendors) -> None:
    assert "refresh_token" not in vendors.connect("xero", scope="accounting.contacts")
    vendors.running.control.settings(slackRotation=False)
    told = vendors.connect("slack")
    assert {"refresh_token", "expires_in"}.isdisjoint(told)
    assert told["access_token"].startswith("xoxb-")


def test_a_workday_refresh_token_of_a_system_user_needs_no_consent(vendors: Vendors) -> None:
    told = vendors.refresh("workday", "workday-demo-refresh-northwind").json()
    assert (told["expires_in"], told["refresh_token"]) == (3600, "workday-demo-refresh-northwind")


def test_revoked_is_dead(vendors: Vendors) -> None:
    told = vendors.connect("quickbooks")
    answer = vendors.http.post(
        "/developer.api.intuit.com/v2/oauth2/tokens/revoke",
        json={"token": told["refresh_token"]},
        auth=(DOORS["quickbooks"].client, DOORS["quickbooks"].secret),
    )
    assert answer.status_code == 200
    assert _expired("quickbooks", vendors, told).status_code == 401
    stripe = vendors.connect("stripe")
    body = {"client_id": DOORS["stripe"].client, "stripe_user_id": stripe["stripe_user_id"]}
    bearer = {"Authorization": f"Bearer {DOORS['stripe'].secret}"}
    assert vendors.http.post("/connect.stripe.com/oauth/deauthorize", data=body, headers=bearer).status_code == 200
    assert vendors.get("/api.stripe.com/v1/account", stripe["access_token"]).status_code == 401


def test_lifetimes_can_be_set(vendors: Vendors) -> None:
    vendors.running.control.settings(vendor="generic", accessSeconds=5)
    assert vendors.connect("generic")["expires_in"] == 5


def test_the_page_is_told_to_no_other_address(vendors: Vendors) -> None:
    form = open_consent(vendors.authorization_url("generic"))
    assert urlsplit(form.action).path == "/oauth/authorize"
    assert form.fields["redirect_uri"] == BACK
    assert form.accounts == ["northwind", "contoso", "empty"]
