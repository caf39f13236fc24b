"""Access tokens: what counts, what does not, and how fast a change of rights is felt."""

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oauth2_provider.models import AccessToken
from pytest_django import Settings

from integrations_site.audit.models import AuditEntry
from integrations_site.kernel.errors import ForbiddenError, NotFoundError
from integrations_site.tenancy import scope, tokens
from integrations_site.tenancy.models import ApiClient, Membership, Role, Tenant, User
from integrations_site.tenancy.tokens import Caller, TokenExpiredError, TokenInvalidError, keys
from integrations_site.tenancy.tokens.keys import NoSigningKeyError
from tests.api.clients import make_client
from tests.factories import make_super_admin


@pytest.fixture(autouse=True)
def own_keys(settings: Settings, tmp_path: Path) -> Path:
    """Signing keys of the test's own."""
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    return tmp_path / "keys"


@pytest.fixture
def client(tenant: Tenant) -> ApiClient:
    """A program of the tenant."""
    return make_client(tenant)


@pytest.fixture
def token(plain_user: User, tenant: Tenant) -> str:
    """A member's token."""
    return tokens.issue(user=plain_user, tenant=tenant)


def refused(token: str) -> None:
    with pytest.raises(TokenInvalidError):
        tokens.authenticate(token)


class TestWhoCalls:
    def test_a_member(self, token: str, plain_user: User, tenant: Tenant) -> None:
        assert tokens.authenticate(token) == Caller(plain_user.public_id, plain_user.email, "user", tenant.id)

    def test_a_program(self, client: ApiClient, tenant: Tenant) -> None:
        caller = tokens.authenticate(tokens.issue(client=client))
        assert caller == Caller(client.public_id, "Importer", "user", tenant.id)

    def test_a_super_admin_stands_above_tenants_and_names_one(self, tenant: Tenant) -> None:
        root = make_super_admin()
        token = tokens.issue(user=root)
        assert tokens.authenticate(token).tenant_id is None
        assert tokens.authenticate(token, named_tenant=tenant.public_id).tenant_id == tenant.id
        for nobody in ("tenant-" + "0" * 32, "nonsense", tenant.id.hex):
            with pytest.raises(NotFoundError):
                tokens.authenticate(token, named_tenant=nobody)

    def test_a_super_admin_acts_in_one_tenant_as_its_admin_only(self, tenant: Tenant, rival: Tenant) -> None:
        token = tokens.issue(user=make_super_admin(), tenant=tenant)
        assert tokens.authenticate(token).role == Role.TENANT_ADMIN
        with pytest.raises(ForbiddenError):
            tokens.authenticate(token, named_tenant=rival.public_id)

    def test_naming_another_tenant_is_forbidden(self, token: str, tenant: Tenant, rival: Tenant) -> None:
        assert tokens.authenticate(token, named_tenant=tenant.public_id).tenant_id == tenant.id
        with pytest.raises(ForbiddenError):
            tokens.authenticate(token, named_tenant=rival.public_id)

    def test_strangers_get_no_token(self, plain_user: User, rival: Tenant) -> None:
        with pytest.raises(ForbiddenError):
            tokens.issue(user=plain_user, tenant=rival)
        with pytest.raises(ForbiddenError):
            tokens.issue(user=plain_user)
        assert not AccessToken.objects.exists()

    def test_one_statement_and_none_to_change_the_scope(self, token: str, tenant: Tenant) -> None:
        tokens.authenticate(token)
        with CaptureQueriesContext(connection) as captured:
            tokens.authenticate(token)
        assert len(captured) == 1
        assert scope.current() == scope.NOWHERE


class TestClaims:
    def test_they_follow_rfc_9068(self, token: str, plain_user: User, tenant: Tenant, settings: Settings) -> None:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
        assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
        assert header["kid"] == keys.keyring().signing_id
        assert claims["iss"] == settings.HUB_BASE_URL
        assert claims["aud"] == f"{settings.HUB_BASE_URL}/api"
        assert claims["sub"] == plain_user.public_id
        assert claims["tenant"] == tenant.public_id
        assert claims["roles"] == ["user"]
        assert claims["exp"] - claims["iat"] == settings.OAUTH2_PROVIDER["ACCESS_TOKEN_EXPIRE_SECONDS"]
        assert {"client_id", "jti", "scope"} <= claims.keys()

    def test_the_database_keeps_no_token(self, token: str) -> None:
        assert AccessToken.objects.get().token == ""

    def test_a_verifier_that_knows_the_published_keys_only(self, token: str, settings: Settings) -> None:
        published = jwt.PyJWKSet.from_dict(keys.keyring().jwks())
        key = published[jwt.get_unverified_header(token)["kid"]]
        assert jwt.decode(token, key, algorithms=["ES256"], audience=f"{settings.HUB_BASE_URL}/api")
        assert not any("d" in one for one in keys.keyring().jwks()["keys"])


def forged(
    token: str, *, key: Any = None, header: dict[str, Any] | None = None, alg: str = "ES256", **claims: Any
) -> str:
    """The token with other claims, header fields or key."""
    ring = keys.keyring()
    head = jwt.get_unverified_header(token) | (header or {})
    body = jwt.decode(token, options={"verify_signature": False}) | claims
    head.pop("alg")
    return jwt.encode(body, ring.private[ring.signing_id] if key is None else key, algorithm=alg, headers=head)


class TestRefused:
    def test_expired(self, token: str) -> None:
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)), pytest.raises(TokenExpiredError):
            tokens.authenticate(token)

    def test_expired_in_the_database_alone(self, token: str) -> None:
        AccessToken.objects.update(expires=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
        refused(token)

    @pytest.mark.parametrize(
        "claims", [{"iss": "https://evil.example"}, {"aud": "https://evil.example"}, {"aud": None}]
    )
    def test_of_another_issuer_or_for_another_audience(self, token: str, claims: dict[str, Any]) -> None:
        refused(forged(token, **claims))

    def test_of_another_key(self, token: str) -> None:
        refused(forged(token, key=ec.generate_private_key(ec.SECP256R1())))

    def test_of_an_unknown_key_id_or_type(self, token: str) -> None:
        refused(forged(token, header={"kid": "unknown"}))
        refused(forged(token, header={"kid": "../../etc/passwd"}))
        refused(forged(token, header={"typ": "JWT"}))

    def test_tampered(self, token: str) -> None:
        head, body, signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        claims["roles"] = ["super_admin"]
        changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        refused(f"{head}.{changed}.{signature}")
        refused(f"{head}.{body}.{signature[:-4]}AAAA")
        refused(f"{head}.{body}.")

    def test_without_an_algorithm(self, token: str) -> None:
        claims = jwt.decode(token, options={"verify_signature": False})
        header = jwt.get_unverified_header(token)
        refused(jwt.encode(claims, "", algorithm="none", headers={"typ": "at+jwt", "kid": header["kid"]}))

    def test_signed_with_the_public_key_as_a_secret(self, token: str) -> None:
        public = keys.keyring().public[keys.keyring().signing_id]
        pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        header = jwt.get_unverified_header(token)
        signing_input = ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
            for part in (header | {"alg": "HS256"}, jwt.decode(token, options={"verify_signature": False}))
        )
        signature = jwt.get_algorithm_by_name("HS256").sign(signing_input.encode(), pem)
        refused(f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é", "\x00", "." * 500])
    def test_nonsense(self, db: None, text: str) -> None:
        refused(text)

    def test_well_signed_but_never_issued(self, token: str) -> None:
        refused(forged(token, jti="another"))


class TestAtOnce:
    """A token that worked a moment ago."""

    @pytest.fixture(autouse=True)
    def _works(self, token: str) -> None:
        tokens.authenticate(token)

    def test_revoked(self, token: str) -> None:
        assert tokens.revoke(token)
        refused(token)
        assert not tokens.revoke(token)

    def test_user_deactivated(self, token: str, plain_user: User) -> None:
        User.objects.filter(pk=plain_user.pk).update(is_active=False)
        refused(token)

    def test_tenant_deactivated(self, token: str, tenant: Tenant) -> None:
        with scope.all_tenants():
            Tenant.objects.filter(pk=tenant.pk).update(is_active=False)
        refused(token)

    def test_membership_removed(self, token: str, tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id):
            Membership.objects.all().delete()
        refused(token)

    def test_role_changed(self, token: str, tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id):
            Membership.objects.update(role=Role.TENANT_ADMIN)
        refused(token)

    def test_super_admin_no_more(self) -> None:
        root = make_super_admin()
        token = tokens.issue(user=root)
        tokens.authenticate(token)
        User.objects.filter(pk=root.pk).update(is_superuser=False)
        refused(token)

    def test_client_moved_or_removed(self, client: ApiClient, rival: Tenant) -> None:
        token = tokens.issue(client=client)
        tokens.authenticate(token)
        with scope.all_tenants():
            ApiClient.objects.update(role=Role.TENANT_ADMIN)
        refused(token)
        with scope.all_tenants():
            ApiClient.objects.update(role=Role.USER, tenant=rival)
        refused(token)
        with scope.all_tenants():
            ApiClient.objects.all().delete()
        refused(token)

    def test_membership_elsewhere_does_not_help(
        self, token: str, plain_user: User, tenant: Tenant, rival: Tenant
    ) -> None:
        with scope.all_tenants():
            Membership.objects.filter(tenant=tenant).delete()
            Membership.objects.create(tenant=rival, user=plain_user, role=Role.USER)
        refused(token)


class TestKeys:
    def test_a_new_key_signs_and_the_old_one_still_verifies(self, token: str, plain_user: User, tenant: Tenant) -> None:
        old = keys.keyring().signing_id
        call_command("rotate_signing_key")
        assert keys.keyring().signing_id != old
        tokens.authenticate(token)
        tokens.authenticate(tokens.issue(user=plain_user, tenant=tenant))
        assert {one["kid"] for one in keys.keyring().jwks()["keys"]} == {old, keys.keyring().signing_id}
        with scope.all_tenants():
            assert AuditEntry.objects.filter(action="signing_key.rotated").count() == 1

    def test_a_key_is_retired_when_the_last_token_it_signed_has_expired(
        self, plain_user: User, tenant: Tenant, capsys: pytest.CaptureFixture[str]
    ) -> None:
        start = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        with time_machine.travel(start, tick=False):
            keys.make_key()
        with time_machine.travel(start + dt.timedelta(days=30), tick=False) as traveller:
            token = tokens.issue(user=plain_user, tenant=tenant)
            old, new = keys.keyring().signing_id, keys.make_key()
            for seconds, left in ((0, {old, new}), (899, {old, new}), (2, {new}), (10**7, {new})):
                traveller.shift(seconds)
                call_command("rotate_signing_key", "--retire")
                assert set(keys.keyring().public) == left
                if old in left:
                    tokens.authenticate(token)
        assert capsys.readouterr().out.splitlines() == [f"Retired: {old}"]
        with scope.all_tenants():
            assert AuditEntry.objects.filter(action="signing_key.retired").count() == 4

    def test_files_are_private(self, token: str, own_keys: Path) -> None:
        assert own_keys.stat().st_mode & 0o777 == 0o700
        assert [path.stat().st_mode & 0o777 for path in own_keys.glob("*.pem")] == [0o600]

    def test_without_a_key_nothing_is_signed_where_the_hub_may_not_make_one(
        self, plain_user: User, tenant: Tenant, settings: Settings, tmp_path: Path
    ) -> None:
        settings.SIGNING_KEYS_DIR = tmp_path / "elsewhere"
        settings.SIGNING_KEYS_AUTOCREATE = False
        with pytest.raises(NoSigningKeyError, match="rotate_signing_key"):
            tokens.issue(user=plain_user, tenant=tenant)
        call_command("rotate_signing_key")
        tokens.authenticate(tokens.issue(user=plain_user, tenant=tenant))

    def test_a_key_of_another_kind_is_named(self, settings: Settings, own_keys: Path) -> None:
        own_keys.mkdir()
        pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (own_keys / "1.pem").write_bytes(pem)
        with pytest.raises(NoSigningKeyError, match=r"1\.pem"):
            keys.keyring()
