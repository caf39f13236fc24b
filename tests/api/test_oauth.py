"""The OAuth endpoints, as a client and a browser use them."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client
from oauth2_provider.models import AccessToken, RefreshToken
from pytest_django import Settings

from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Membership, Role, Tenant, User
from tests.api.clients import ApiCaller, make_client
from tests.factories import make_member, make_super_admin
from tests.factories.tenancy import PASSWORD

SECRET = "a secret that the hub would have made itself"
BACK = "https://app.example.com/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def program(tenant: Tenant) -> ApiClient:
    """A client that asks for tokens of its own."""
    return make_client(tenant, client_secret=SECRET)


@pytest.fixture
def app(tenant: Tenant) -> ApiClient:
    """A client that acts for people of the tenant."""
    return make_client(
        tenant,
        client_secret=SECRET,
        authorization_grant_type=ApiClient.GRANT_AUTHORIZATION_CODE,
        redirect_uris=BACK,
    )


def ask(client: ApiClient, secret: str = SECRET, **form: str) -> Any:
    """A request at the token endpoint."""
    basic = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
    return Client(enforce_csrf_checks=True).post("/oauth/token", form, headers={"Authorization": f"Basic {basic}"})


def works(token: str) -> bool:
    return bool(ApiCaller(token).get("/api/cases").status_code != 401)


def authorize(client: ApiClient, user: User, **changes: str) -> Any:
    """The browser's way through the consent page; the answer that leads back."""
    browser = Client()
    assert browser.login(username=user.email, password=PASSWORD)
    query = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": BACK, "state": "s1", "scope": "api",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    } | changes  # fmt: skip
    page = browser.get("/oauth/authorize", {name: value for name, value in query.items() if value})
    if page.status_code != 200:
        return page
    return browser.post("/oauth/authorize", query | {"allow": "Authorize"})


def code_of(answer: Any) -> str:
    assert answer.status_code == 302
    assert answer["Location"].startswith(BACK + "?")
    query: dict[str, list[str]] = parse_qs(urlsplit(answer["Location"]).query)
    assert query["state"] == ["s1"]
    return query["code"][0]


def redeem(client: ApiClient, code: str, **changes: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | changes
    return ask(client, **form)


class TestClientCredentials:
    def test_a_token_of_the_client(self, program: ApiClient, tenant: Tenant) -> None:
        answer = ask(program, grant_type="client_credentials")
        body = answer.json()
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert (body["token_type"], body["expires_in"], "refresh_token" in body) == ("Bearer", 900, False)
        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        assert (claims["sub"], claims["tenant"], claims["roles"]) == (program.public_id, tenant.public_id, ["user"])
        assert claims["client_id"] == program.client_id
        assert works(body["access_token"])

    def test_secret_in_the_body(self, program: ApiClient) -> None:
        form = {"grant_type": "client_credentials", "client_id": program.client_id, "client_secret": SECRET}
        assert Client().post("/oauth/token", form).status_code == 200

    @pytest.mark.parametrize("secret", ["wrong", ""])
    def test_wrong_secret(self, program: ApiClient, secret: str) -> None:
        answer = ask(program, secret, grant_type="client_credentials")
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert not AccessToken.objects.exists()

    def test_the_secret_is_stored_hashed(self, program: ApiClient) -> None:
        assert program.client_secret.startswith("client_secret$")
        assert SECRET not in program.client_secret

    def test_of_a_tenant_that_is_closed(self, program: ApiClient, tenant: Tenant) -> None:
        with scope.all_tenants():
            Tenant.objects.filter(pk=tenant.pk).update(is_active=False)
        assert ask(program, grant_type="client_credentials").status_code == 401
        assert not AccessToken.objects.exists()

    def test_a_super_admins_program_has_no_tenant(self, db: None) -> None:
        client = make_client(None, Role.SUPER_ADMIN, client_secret=SECRET)
        claims = jwt.decode(
            ask(client, grant_type="client_credentials").json()["access_token"], options={"verify_signature": False}
        )
        assert claims["roles"] == ["super_admin"]
        assert "tenant" not in claims

    @pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "implicit", ""])
    def test_other_grants_are_not_the_clients(self, program: ApiClient, grant: str) -> None:
        answer = ask(
            program, grant_type=grant, username="a", password="b", code="c", refresh_token="d", redirect_uri=BACK
        )
        assert answer.status_code in {400, 401}
        assert not AccessToken.objects.exists()

    def test_the_other_tenants_clients_are_not_in_the_way(self, program: ApiClient, rival: Tenant) -> None:
        make_client(rival)
        assert ask(program, grant_type="client_credentials").status_code == 200


class TestAuthorizationCode:
    def test_a_members_token(self, app: ApiClient, plain_user: User, tenant: Tenant) -> None:
        body = redeem(app, code_of(authorize(app, plain_user))).json()
        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        assert (claims["sub"], claims["tenant"], claims["roles"]) == (plain_user.public_id, tenant.public_id, ["user"])
        assert works(body["access_token"])
        assert body["refresh_token"].count(".") == 0
        assert RefreshToken.objects.get().token == AccessToken.objects.get().token == ""

    def test_nobody_else_can_press_the_button(self, app: ApiClient, plain_user: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        assert browser.login(username=plain_user.email, password=PASSWORD)
        form = {"client_id": app.client_id, "redirect_uri": BACK, "response_type": "code", "allow": "Authorize"}
        assert browser.post("/oauth/authorize", form).status_code == 403

    def test_the_consent_is_in_the_audit_trail(self, app: ApiClient, plain_user: User, tenant: Tenant) -> None:
        authorize(app, plain_user)
        with scope.tenant_scope(tenant.id):
            entry = AuditEntry.objects.get(action="client.allowed")
        assert (entry.actor, entry.subject) == (plain_user.public_id, app.public_id)

    def test_the_answer_names_its_issuer(self, app: ApiClient, plain_user: User, settings: Settings) -> None:
        query = parse_qs(urlsplit(authorize(app, plain_user)["Location"]).query)
        assert query["iss"] == [settings.HUB_BASE_URL]

    def test_a_stranger_to_the_tenant_is_sent_back(self, app: ApiClient, rival: Tenant) -> None:
        answer = authorize(app, make_member(rival))
        assert answer.status_code == 302
        assert parse_qs(urlsplit(answer["Location"]).query)["error"] == ["access_denied"]

    def test_a_super_admin_gives_a_tenants_client_no_more_than_the_tenant(self, app: ApiClient, tenant: Tenant) -> None:
        body = redeem(app, code_of(authorize(app, make_super_admin()))).json()
        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        assert (claims["roles"], claims["tenant"]) == (["tenant_admin"], tenant.public_id)

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_challenge": "", "code_challenge_method": ""},
            {"code_challenge_method": "plain"},
            {"response_type": "token"},
        ],
    )
    def test_without_pkce_there_is_no_code(self, app: ApiClient, plain_user: User, changes: dict[str, str]) -> None:
        answer = authorize(app, plain_user, **changes)
        assert answer.status_code in {302, 400}
        assert "code=" not in answer.get("Location", "")

    def test_an_address_that_is_not_registered_is_not_led_to(self, app: ApiClient, plain_user: User) -> None:
        answer = authorize(app, plain_user, redirect_uri="https://evil.example/back")
        assert answer.status_code == 400

    def test_without_a_log_in_the_browser_is_led_there(self, app: ApiClient) -> None:
        answer = Client().get("/oauth/authorize", {"client_id": app.client_id, "response_type": "code"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login")

    @pytest.mark.parametrize(
        "changes", [{"code_verifier": "w" * 64}, {"code_verifier": ""}, {"redirect_uri": "https://evil.example/"}]
    )
    def test_a_stolen_code_is_worth_nothing(self, app: ApiClient, plain_user: User, changes: dict[str, str]) -> None:
        code = code_of(authorize(app, plain_user))
        assert redeem(app, code, **changes).status_code == 400
        assert not AccessToken.objects.exists()

    def test_a_code_works_once(self, app: ApiClient, plain_user: User) -> None:
        code = code_of(authorize(app, plain_user))
        assert redeem(app, code).status_code == 200
        assert redeem(app, code).json()["error"] == "invalid_grant"

    def test_who_left_the_tenant_meanwhile_gets_nothing(self, app: ApiClient, plain_user: User, tenant: Tenant) -> None:
        code = code_of(authorize(app, plain_user))
        with scope.tenant_scope(tenant.id):
            Membership.objects.filter(user=plain_user).delete()
        assert redeem(app, code).json()["error"] == "invalid_grant"


class TestRefresh:
    @pytest.fixture
    def first(self, app: ApiClient, plain_user: User) -> dict[str, Any]:
        body: dict[str, Any] = redeem(app, code_of(authorize(app, plain_user))).json()
        return body

    def test_it_rotates(self, app: ApiClient, first: dict[str, Any]) -> None:
        second = ask(app, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
        assert second["refresh_token"] != first["refresh_token"]
        assert works(second["access_token"])
        assert not works(first["access_token"])

    def test_a_used_one_that_comes_back_ends_the_family(self, app: ApiClient, first: dict[str, Any]) -> None:
        second = ask(app, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
        assert (
            ask(app, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()["error"]
            == "invalid_grant"
        )
        assert not works(second["access_token"])
        assert ask(app, grant_type="refresh_token", refresh_token=second["refresh_token"]).status_code == 400

    def test_who_left_the_tenant_gets_no_more(self, app: ApiClient, first: dict[str, Any], tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id):
            Membership.objects.all().delete()
        assert ask(app, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400

    def test_it_is_the_clients_own(self, first: dict[str, Any], rival: Tenant) -> None:
        thief = make_client(rival, client_secret=SECRET, authorization_grant_type=ApiClient.GRANT_AUTHORIZATION_CODE)
        assert ask(thief, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400


class TestRevocation:
    def revoke(self, client: ApiClient, token: str) -> Any:
        form = {"token": token, "client_id": client.client_id, "client_secret": SECRET}
        return Client(enforce_csrf_checks=True).post("/oauth/revoke", form)

    def test_at_once(self, program: ApiClient) -> None:
        token = ask(program, grant_type="client_credentials").json()["access_token"]
        assert works(token)
        assert self.revoke(program, token).status_code == 200
        assert not works(token)

    def test_of_somebody_elses_token_changes_nothing(self, program: ApiClient, rival: Tenant) -> None:
        token = ask(program, grant_type="client_credentials").json()["access_token"]
        assert self.revoke(make_client(rival, client_secret=SECRET), token).status_code == 200
        assert works(token)


class TestLimits:
    @pytest.fixture(autouse=True)
    def _few(self, settings: Settings) -> None:
        settings.OAUTH_ATTEMPTS = {"client": 3, "address": 5}

    def test_per_client_however_it_names_itself(self, program: ApiClient) -> None:
        tries = [ask(program, "wrong", grant_type="client_credentials").status_code for _ in range(2)]
        form = {"grant_type": "client_credentials", "client_id": program.client_id, "client_secret": "wrong"}
        tries += [Client().post("/oauth/token", form).status_code for _ in range(2)]
        assert tries == [401, 401, 401, 429]
        answer = ask(program, grant_type="client_credentials")
        assert (answer.status_code, answer.json()["error"]) == (429, "slow_down")
        assert 0 < int(answer["Retry-After"]) <= 61
        assert not AccessToken.objects.exists()

    def test_per_address(self, tenant: Tenant) -> None:
        tries = [ask(make_client(tenant), "wrong", grant_type="client_credentials").status_code for _ in range(6)]
        assert tries == [401] * 5 + [429]


class TestDiscovery:
    def test_the_metadata_leads_to_what_is_there(self, db: None, settings: Settings) -> None:
        found = Client().get("/.well-known/oauth-authorization-server").json()
        assert found["issuer"] == settings.HUB_BASE_URL
        for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
            assert Client().get(urlsplit(found[name]).path).status_code != 404

    def test_the_published_key_verifies_a_token(self, program: ApiClient, settings: Settings) -> None:
        token = ask(program, grant_type="client_credentials").json()["access_token"]
        published = json.loads(Client().get("/oauth/jwks/").content)
        key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
        assert jwt.decode(token, key, algorithms=["ES256"], audience=f"{settings.HUB_BASE_URL}/api")
