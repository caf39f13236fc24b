"""Consent: begun by somebody, given at the vendor, and taken in once, for that account alone."""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import time_machine
from django.db import connection as database

from connections.models import Activity, Connection, Credential, Integration, OAuthAttempt
from connections.services.errors import (
    AccountChangedError,
    AddressNotAllowedError,
    ConsentDeniedError,
    OAuthCallerError,
    OAuthStateError,
)
from connections.services.oauth import Consent, finish_consent, return_url_of, set_own_client, start_consent
from connections.services.oauth.permissions import PermissionUnknownError
from connections.services.secrets import read_secret
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.connections.world import Vendor, answer, make_connection, make_oauth_provider, vendor_running

HOME = "http://127.0.0.1:8000/api/integrations/oauth/callback"
APP = "https://app.example.com/callback"


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture(autouse=True)
def _addresses(settings: Any) -> None:
    settings.HUB_BASE_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_RETURN_URLS = [settings.HUB_BASE_URL, "https://app.example.com"]


def start(connection: Connection, actor: Actor, **more: Any) -> Consent:
    """A consent that leads back to an app."""
    return start_consent(connection=connection, actor=actor, **({"redirect_uri": APP} | more))


def asked(consent: Consent) -> dict[str, str]:
    """What the vendor is asked."""
    return dict(parse_qsl(urlsplit(consent.authorization_url).query))


def finish(consent: Consent, actor: Actor | None, **query: str) -> Connection:
    """What the vendor leads back with."""
    return finish_consent(state=consent.state, query={"code": "c0de"} | query, actor=actor)


def test_a_consent_makes_a_connection_active(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    consent = start(connection, actor, permissions=["read:books"])
    query = asked(consent)
    assert consent.authorization_url.startswith(f"{vendor.url}/authorize?")
    assert (query["response_type"], query["client_id"], query["redirect_uri"]) == ("code", "hub-client", APP)
    assert (query["scope"], query["state"]) == ("basic books.read", consent.state)
    vendor.scope = "basic books.read"
    done = finish(consent, actor)
    [sent] = vendor.requests
    form = {name: value[0] for name, value in parse_qs(sent.body.decode()).items()}
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == ("authorization_code", "c0de", APP)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
    assert (query["code_challenge"], query["code_challenge_method"]) == (challenge.decode(), "S256")
    assert sent.headers["authorization"] == f"Basic {base64.b64encode(b'hub-client:hub-client-secret').decode()}"
    assert (done.status, done.account_id, done.account_name) == ("active", "acct-1", "Acme Books")
    assert (done.permissions, done.validation_error) == (["read:books"], "")
    assert done.expires_at is not None
    assert dt.timedelta(minutes=59) < done.expires_at - clock.now() < dt.timedelta(minutes=61)
    assert read_secret(done, purpose="test")["accessToken"] == "access-1"
    assert Integration.objects.get().status == "connected"
    assert Activity.objects.values_list("type", "status").get() == ("connect", "success")
    assert Event.objects.get().type == "connection.connected"


def test_no_secret_of_a_consent_is_stored_in_the_open(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    consent = start(make_connection(make_oauth_provider(vendor.url)), actor)
    finish(consent, actor)
    form = parse_qs(vendor.requests[0].body.decode())
    stored = json.dumps(
        [
            *OAuthAttempt.objects.values("state_hash", "sealed_verifier", "browser_hash"),
            *Credential.objects.values("sealed", "name"),
            *AuditEntry.objects.values("data", "subject"),
            *Event.objects.values("payload"),
        ]
    )
    for secret in (consent.state, form["code_verifier"][0], "c0de", "access-1", "refresh-1", "hub-client-secret"):
        assert secret not in stored


def _refusal(state: str, actor: Actor | None, *, browser: str = "", **query: str) -> HubError:
    with pytest.raises(HubError) as caught:
        finish_consent(state=state, query={"code": "c0de"} | query, actor=actor, browser=browser)
    return caught.value


def test_a_state_is_good_once_for_its_caller_and_for_ten_minutes(
    in_tenant: Tenant, actor: Actor, rival: Tenant, vendor: Vendor
) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    consent = start(connection, actor)
    stranger = Actor("user-stranger")
    assert isinstance(forged := _refusal("forged", actor), OAuthStateError)
    assert forged.code == "OAUTH_STATE_INVALID"
    assert isinstance(_refusal(consent.state, stranger), OAuthCallerError)
    assert isinstance(_refusal(consent.state, None), OAuthCallerError)
    with scope.tenant_scope(rival.id):
        assert _refusal(consent.state, actor).code == "OAUTH_STATE_INVALID"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        assert _refusal(consent.state, actor).code == "OAUTH_STATE_EXPIRED"
    assert vendor.requests == []
    connection.refresh_from_db()
    assert connection.status == "pending"
    finish(consent, actor)
    assert _refusal(consent.state, actor).code == "OAUTH_STATE_USED"
    assert len(vendor.requests) == 1


def test_a_browser_is_known_again(tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    with scope.tenant_scope(tenant.id):
        connection = make_connection(make_oauth_provider(vendor.url))
        consent = start(connection, actor, redirect_uri=HOME, browser="session-1", return_url=f"{HOME}/x")
        plain = start(connection, actor, redirect_uri=HOME)
    assert return_url_of(consent.state) == f"{HOME}/x"
    assert return_url_of("forged") == ""
    assert isinstance(_refusal(consent.state, None), OAuthCallerError)
    assert isinstance(_refusal(consent.state, None, browser="session-2"), OAuthCallerError)
    query = {"code": "c0de"}
    done = finish_consent(state=consent.state, query=query, actor=None, browser="session-1")
    assert done.status == "active"
    assert isinstance(_refusal(plain.state, None), OAuthCallerError)
    assert finish_consent(state=plain.state, query=query, actor=actor).pk == done.pk


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"code": "", "error": "access_denied"}, "OAUTH_CONSENT_DENIED"),
        ({"code": "", "error": "server_error", "error_description": "try <b>later</b>"}, "OAUTH_VENDOR_ERROR"),
        ({"code": ""}, "OAUTH_VENDOR_ERROR"),
    ],
)
def test_a_denied_consent_is_told_and_stores_nothing(
    in_tenant: Tenant, actor: Actor, vendor: Vendor, query: dict[str, str], code: str
) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    error = _refusal(start(connection, actor).state, actor, **query)
    assert isinstance(error, ConsentDeniedError)
    assert error.code == code
    connection.refresh_from_db()
    assert (connection.status, connection.validation_error) == ("pending", error.message)
    assert not Credential.objects.exists()
    assert Activity.objects.values_list("status", flat=True).get() == "failed"
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer({"error": "invalid_grant"}, 400), "OAUTH_CODE_REFUSED"),
        (answer({"error": "invalid_client"}, 401), "PROVIDER_REJECTED"),
        (answer({"ok": False, "error": "internal_error"}, 200), "PROVIDER_UNAVAILABLE"),
        (answer({}, 500), "PROVIDER_UNAVAILABLE"),
        (answer({"nothing": 1}), "PROVIDER_UNAVAILABLE"),
        (answer({"access_token": "a", "account": {}}), "PROVIDER_UNAVAILABLE"),
    ],
)
def test_a_failed_exchange_is_told_and_stores_nothing(
    in_tenant: Tenant, actor: Actor, vendor: Vendor, given: Any, code: str
) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    vendor.token_answer = given
    assert _refusal(start(connection, actor).state, actor).code == code
    assert not Credential.objects.exists()


def test_another_account_does_not_take_the_place(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    connection = make_connection(
        make_oauth_provider(vendor.url),
        secret={"accessToken": "mine"},
        account_id="acct-0",
        account_name="First Books",
    )
    error = _refusal(start(connection, actor).state, actor)
    assert isinstance(error, AccountChangedError)
    assert error.details == {"connection": connection.public_id, "connected": "acct-0", "offered": "acct-1"}
    connection.refresh_from_db()
    assert (connection.status, connection.account_id, connection.validation_error) == ("active", "acct-0", "")
    assert read_secret(connection, purpose="test") == {"accessToken": "mine"}
    done = finish(start(connection, actor, takes_other_account=True), actor)
    assert done.account_id == "acct-1"


def test_an_account_of_the_redirect(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    provider = make_oauth_provider(vendor.url, account={"from": "redirect", "parameter": "realmId"})
    connection = make_connection(provider)
    assert finish(start(connection, actor), actor, realmId="9130").account_id == "9130"
    assert _refusal(start(connection, actor).state, actor).code == "PROVIDER_UNAVAILABLE"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_ended_while_the_vendor_is_asked_stays_ended(
    in_tenant: Tenant, actor: Actor, vendor: Vendor
) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    consent = start(connection, actor)
    ended = Connection.objects.filter(pk=connection.pk)

    def end() -> None:
        """On the vendor's thread."""
        with scope.tenant_scope(in_tenant.id):
            ended.update(status=Connection.Status.REVOKED)
        database.close()

    vendor.before_answer = end
    with pytest.raises(OAuthStateError):
        finish(consent, actor)
    assert ended.get().status == "revoked"
    assert not Credential.objects.filter(connection=connection).exists()


@pytest.mark.parametrize("claimed", [b'{"realmid": "9130"}', b"{}"])
@pytest.mark.parametrize("redirect", [{}, {"realmId": "9130"}, {"realmId": "666"}])
def test_the_account_is_that_of_the_id_token(
    in_tenant: Tenant, actor: Actor, vendor: Vendor, redirect: dict[str, str], claimed: bytes
) -> None:
    source = {"from": "redirect", "parameter": "realmId", "claim": "realmid"}
    connection = make_connection(make_oauth_provider(vendor.url, account=source))
    payload = base64.urlsafe_b64encode(claimed).decode().rstrip("=")
    vendor.token_answer = answer({"access_token": "a", "id_token": f"e30.{payload}.e30"})
    try:
        found = finish(start(connection, actor), actor, **redirect).account_id
    except HubError as refused:
        found = refused.code
    fits = claimed != b"{}" and redirect.get("realmId") != "666"
    assert found == ("9130" if fits else "PROVIDER_UNAVAILABLE")


def test_an_account_of_a_call_with_the_new_token(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    account = {"from": "call", "call": {"path": "/me"}, "idPath": "data.0.id"}
    headers = {"headers": {"X-Account": "{account.id}"}}
    connection = make_connection(make_oauth_provider(vendor.url, connection=headers, account=account))
    assert finish(start(connection, actor), actor).account_id == "1"
    assert "x-account" not in vendor.requests[-1].headers
    assert vendor.requests[-1].headers["authorization"] == "Bearer access-1"


def test_a_tenants_own_client_is_used(in_tenant: Tenant, actor: Actor, vendor: Vendor) -> None:
    connection = make_connection(make_oauth_provider(vendor.url, clientAuthentication="body"))
    set_own_client(integration=connection.integration, client_id="own", client_secret="own-secret", actor=actor)
    consent = start(connection, actor)
    assert asked(consent)["client_id"] == "own"
    finish(consent, actor)
    assert "client_id=own&client_secret=own-secret" in vendor.requests[0].body.decode()
    assert "own-secret" not in json.dumps([*AuditEntry.objects.values_list("data", flat=True)])


def test_unknown_permissions_are_refused_with_those_that_there_are(
    in_tenant: Tenant, actor: Actor, vendor: Vendor
) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    with pytest.raises(PermissionUnknownError) as caught:
        start(connection, actor, permissions=["fly"])
    assert caught.value.details["known"] == ["read:books", "write:books"]
    assert not OAuthAttempt.objects.exists()


@pytest.mark.parametrize("field", ["redirect_uri", "return_url"])
def test_a_consent_to_elsewhere_is_not_begun(in_tenant: Tenant, actor: Actor, vendor: Vendor, field: str) -> None:
    connection = make_connection(make_oauth_provider(vendor.url))
    with pytest.raises(AddressNotAllowedError):
        start(connection, actor, **{field: "https://evil.example.net/"})
    assert not OAuthAttempt.objects.exists()
