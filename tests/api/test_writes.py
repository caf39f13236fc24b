"""Making, changing and removing things through a viewset."""

import pytest

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant
from tests.api.clients import ApiCaller

pytestmark = pytest.mark.urls("tests.api.probes")


def test_a_life(admin: ApiCaller, tenant: Tenant) -> None:
    made = admin.post("/api/tasks", {"name": "import", "error": "none"})
    assert made.status_code == 201
    path = f"/api/tasks/{made.json()['id']}"
    assert admin.get(path).json() == made.json()
    assert admin.patch(path, {"error": "full"}).json() == made.json() | {"error": "full"}
    gone = admin.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert admin.get(path).status_code == 404
    with scope.tenant_scope(tenant.id):
        assert not FailedTask.objects.exists()


@pytest.mark.parametrize(
    "body", [{"name": "x"}, {"name": "", "error": "b"}, {"name": "n" * 201, "error": "b"}, {"name": None, "error": "b"}]
)
def test_a_body_that_lacks_something_makes_nothing(admin: ApiCaller, tenant: Tenant, body: dict[str, object]) -> None:
    assert admin.post("/api/tasks", body).status_code == 400
    with scope.tenant_scope(tenant.id):
        assert not FailedTask.objects.exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("id", "The hub sets this field; leave it out."),
        ("failed_at", "The hub sets this field; leave it out."),
        ("tenant", "There is no such field; there are error, name."),
        ("pk", "There is no such field; there are error, name."),
    ],
)
def test_what_is_not_the_callers_to_set(admin: ApiCaller, name: str, reason: str) -> None:
    answer = admin.post("/api/tasks", {"name": "a", "error": "b", name: "2020-01-01T00:00:00Z"})
    assert answer.json()["error"]["details"]["fields"] == {name: [reason]}


def test_no_whole_replacement_where_it_is_not_offered(admin: ApiCaller) -> None:
    made = admin.post("/api/tasks", {"name": "a", "error": "b"}).json()
    assert admin.put(f"/api/tasks/{made['id']}", {"name": "c", "error": "d"}).status_code == 405
