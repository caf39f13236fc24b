"""Who may call what, in which tenant."""

import pytest
from django.db import connection

from integrations_site.tenancy import scope, tokens
from integrations_site.tenancy.models import FailedTask, Tenant, User
from tests.api.clients import ApiCaller, api_client, make_client

pytestmark = pytest.mark.urls("tests.api.probes")


def tasks_of(tenant: Tenant) -> int:
    with scope.tenant_scope(tenant.id):
        return FailedTask.objects.count()


def test_without_a_token(stranger: ApiCaller) -> None:
    answer = stranger.get("/api/me")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "AUTHENTICATION_REQUIRED"
    assert answer["WWW-Authenticate"] == 'Bearer realm="hub"'


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer not.a.token", "bearer a b c", "Bearer " + "x" * 5000]
)
def test_with_what_is_no_token(stranger: ApiCaller, db: None, header: str) -> None:
    answer = stranger.get("/api/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "INVALID_TOKEN"
    assert answer["WWW-Authenticate"].startswith('Bearer realm="hub", error="invalid_token"')


def test_a_revoked_token_is_refused_at_the_next_request(plain_user: User, tenant: Tenant, stranger: ApiCaller) -> None:
    token = tokens.issue(user=plain_user, tenant=tenant)
    header = {"Authorization": f"Bearer {token}"}
    assert stranger.get("/api/me", headers=header).status_code == 200
    tokens.revoke(token)
    assert stranger.get("/api/me", headers=header).json()["error"]["code"] == "INVALID_TOKEN"


def test_the_caller_acts_in_the_tenant_of_its_token(member: ApiCaller, plain_user: User, tenant: Tenant) -> None:
    body = member.get("/api/me").json()
    assert body == {"id": plain_user.public_id, "label": plain_user.email, "role": "user", "tenant": str(tenant.id)}


def test_no_scope_is_left_behind(admin: ApiCaller, tenant: Tenant) -> None:
    admin.get("/api/tasks")
    assert scope.current() == scope.NOWHERE
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenancy_membership")
        assert cursor.fetchone() == (0,)


class TestNamedTenant:
    def test_its_own(self, admin: ApiCaller, tenant: Tenant) -> None:
        assert admin.get("/api/tasks", headers={"X-Tenant-ID": tenant.public_id}).status_code == 200

    def test_another_in_the_header(self, admin: ApiCaller, tenant: Tenant, rival: Tenant) -> None:
        answer = admin.post("/api/act", {}, headers={"X-Tenant-ID": rival.public_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FOREIGN_TENANT")
        assert tasks_of(tenant) == tasks_of(rival) == 0

    @pytest.mark.parametrize("header", [{}, {"Idempotency-Key": "one"}])
    def test_another_in_the_body(self, admin: ApiCaller, tenant: Tenant, rival: Tenant, header: dict[str, str]) -> None:
        for named in (rival.public_id, "nonsense", 5, tenant.id.hex):
            answer = admin.post("/api/act", {"tenant_id": named}, headers=header)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FOREIGN_TENANT")
        assert tasks_of(tenant) == tasks_of(rival) == 0
        assert admin.post("/api/act", {"tenant_id": tenant.public_id}, headers=header).status_code == 201

    def test_a_super_admin_must_name_one_for_a_tenants_things(self, root: ApiCaller, tenant: Tenant) -> None:
        answer = root.get("/api/tasks")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "TENANT_REQUIRED")
        assert root.get("/api/me").json()["tenant"] == "None"
        named = {"X-Tenant-ID": tenant.public_id}
        assert root.post("/api/act", {}, headers=named).status_code == 201
        assert tasks_of(tenant) == 1
        answer = root.get("/api/tasks", headers={"X-Tenant-ID": "tenant-" + "f" * 32})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "TENANT_NOT_FOUND")


class TestRoles:
    def test_a_view_for_admins(self, member: ApiCaller, admin: ApiCaller) -> None:
        answer = member.get("/api/admins")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")
        assert "role user" in answer.json()["error"]["message"]
        assert admin.get("/api/admins").status_code == 200

    def test_a_viewset_that_members_may_read_only(self, member: ApiCaller, admin: ApiCaller, tenant: Tenant) -> None:
        body = {"name": "a", "error": "b"}
        assert member.get("/api/tasks").status_code == 200
        assert member.post("/api/tasks", body).status_code == 403
        assert tasks_of(tenant) == 0
        assert admin.post("/api/tasks", body).status_code == 201

    def test_a_program_has_the_role_it_was_given(self, tenant: Tenant) -> None:
        assert api_client(make_client(tenant)).get("/api/admins").status_code == 403
        assert api_client(make_client(tenant, "tenant_admin")).get("/api/admins").status_code == 200


class TestAnotherTenantsThings:
    @pytest.fixture
    def foreign(self, rival: Tenant) -> FailedTask:
        with scope.tenant_scope(rival.id):
            return FailedTask.objects.create(name="theirs", error="x")

    def test_they_are_not_there(self, admin: ApiCaller, foreign: FailedTask, rival: Tenant) -> None:
        path = f"/api/tasks/{foreign.public_id}"
        for answer in (admin.get(path), admin.patch(path, {"name": "mine"}), admin.delete(path)):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "TASK_NOT_FOUND")
        assert admin.get("/api/tasks").json()["total"] == 0
        with scope.tenant_scope(rival.id):
            assert FailedTask.objects.get().name == "theirs"

    def test_a_reference_to_them_is_not_found_either(self, admin: ApiCaller, foreign: FailedTask) -> None:
        answer = admin.post("/api/echo", {"task_id": foreign.public_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "TASK_NOT_FOUND")
        assert answer.json()["error"]["details"] == {"task_id": foreign.public_id}

    @pytest.mark.parametrize("named", ["nonsense", "case-" + "0" * 32, "task-0", "%00", "task-" + "G" * 32])
    def test_a_malformed_id_names_nothing(self, admin: ApiCaller, named: str) -> None:
        assert admin.get(f"/api/tasks/{named}").status_code == 404
