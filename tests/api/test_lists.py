"""Pages, filters, search and order of lists."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant, User
from tests.api.clients import ApiCaller
from tests.api.probes import TaskViewSet

pytestmark = pytest.mark.urls("tests.api.probes")


@pytest.fixture
def many(tenant: Tenant) -> list[FailedTask]:
    """120 things of the tenant, the newest last."""
    with scope.tenant_scope(tenant.id):
        made = FailedTask.objects.bulk_create(
            FailedTask(name=f"task-{number:03}", error="odd" if number % 2 else "even") for number in range(120)
        )
        start = clock.now() - dt.timedelta(days=1)
        for number, task in enumerate(made):
            task.failed_at = start + dt.timedelta(minutes=number)
        FailedTask.objects.bulk_update(made, ["failed_at"])
    return made


def names(answer: Any) -> list[str]:
    return [item["name"] for item in answer.json()["items"]]


class TestPages:
    @pytest.mark.parametrize(
        ("query", "count", "limit", "offset", "following"),
        [
            ({}, 50, 50, 0, 50),
            ({"limit": 100}, 100, 100, 0, 100),
            ({"limit": 100, "offset": 100}, 20, 100, 100, None),
            ({"limit": 20, "offset": 100}, 20, 20, 100, None),
            ({"limit": 20, "offset": 99}, 20, 20, 99, 119),
            ({"offset": 120}, 0, 50, 120, None),
            ({"offset": 99_999}, 0, 50, 99_999, None),
        ],
    )
    def test_the_envelope(
        self,
        admin: ApiCaller,
        many: list[FailedTask],
        query: dict[str, int],
        count: int,
        limit: int,
        offset: int,
        following: int | None,
    ) -> None:
        body = admin.get("/api/tasks", query).json()
        page = {"limit": limit, "offset": offset, "hasMore": following is not None, "nextOffset": following}
        assert len(body.pop("items")) == count
        assert body == {"total": 120} | page

    def test_pages_meet_without_a_gap(self, admin: ApiCaller, many: list[FailedTask]) -> None:
        found, offset = [], 0
        while offset is not None:
            body = admin.get("/api/tasks", limit=35, offset=offset).json()
            found += [item["name"] for item in body["items"]]
            offset = body["nextOffset"]
        assert found == [task.name for task in reversed(many)]

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=ten",
            "limit=1.0",
            "limit=\u0665",
            "limit=",
            "limit=%2B5",
            "limit=%00",
            "offset=-1",
            "offset=100001",
            "offset=" + "9" * 50,
        ],
    )
    def test_what_is_no_page(self, admin: ApiCaller, query: str) -> None:
        answer = admin.get(f"/api/tasks?{query}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
        assert list(answer.json()["error"]["details"]["fields"]) == [query.partition("=")[0]]

    def test_a_view_may_know_the_total(
        self, admin: ApiCaller, many: list[FailedTask], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(TaskViewSet, "total", lambda self, queryset: 1_000_000)
        assert admin.get("/api/tasks").json()["total"] == 1_000_000

    def test_the_statements_do_not_grow_with_the_page(self, admin: ApiCaller, many: list[FailedTask]) -> None:
        counts = set()
        for limit in (1, 10, 100):
            with CaptureQueriesContext(connection) as captured:
                admin.get("/api/tasks", limit=limit)
            counts.add(len([one for one in captured.captured_queries if "set_config" not in one["sql"]]))
        assert counts == {3}  # who calls, how many, which


class TestNarrowing:
    def test_by_a_filter(self, admin: ApiCaller, many: list[FailedTask]) -> None:
        assert names(admin.get("/api/tasks", name="task-007")) == ["task-007"]

    def test_by_search_whatever_the_case(self, admin: ApiCaller, many: list[FailedTask]) -> None:
        assert admin.get("/api/tasks", search="ODD").json()["total"] == 60
        assert names(admin.get("/api/tasks", search="TASK-11", limit=2)) == ["task-119", "task-118"]

    @pytest.mark.parametrize("search", ["%", "_", "\\", "'; DROP TABLE tenancy_failedtask; --"])
    def test_a_search_is_no_pattern(self, admin: ApiCaller, many: list[FailedTask], search: str) -> None:
        assert admin.get("/api/tasks", search=search).json()["total"] == 0

    @pytest.mark.parametrize("search", ["\x00", "x" * 201])
    def test_a_search_that_cannot_be(self, admin: ApiCaller, search: str) -> None:
        assert admin.get("/api/tasks", search=search).json()["error"]["code"] == "VALIDATION_ERROR"

    def test_by_a_public_id(self, admin: ApiCaller, admin_user: User, plain_user: User) -> None:
        found = admin.get("/api/memberships", user_id=plain_user.public_id).json()["items"]
        assert [item["user_id"] for item in found] == [plain_user.public_id]
        nobody = f"user-{'0' * 32}"
        assert admin.get("/api/memberships", user_id=nobody).json()["total"] == 0

    @pytest.mark.parametrize("value", ["nonsense", "case-019a2f4c8e5b7d3f9a1c2e4b6d8f0a13", "user-12", "%s"])
    def test_an_id_of_another_form_is_refused(self, admin: ApiCaller, value: str) -> None:
        answer = admin.get("/api/memberships", user_id=value)
        [told] = answer.json()["error"]["details"]["fields"]["user_id"]
        assert (answer.status_code, "user-" in told) == (400, True)

    def test_a_choice_that_does_not_exist(self, admin: ApiCaller) -> None:
        answer = admin.get("/api/memberships", role="king")
        told = answer.json()["error"]["details"]["fields"]
        assert (answer.status_code, told) == (400, {"role": ['"king" is none of tenant_admin, user.']})

    def test_a_parameter_that_is_given_twice(self, admin: ApiCaller) -> None:
        answer = admin.get("/api/tasks?name=task-001&name=task-002")
        assert (answer.status_code, answer.json()["error"]["details"]["fields"]) == (400, {"name": ["Give it once."]})

    def test_an_unknown_parameter_is_refused_and_the_known_are_named(self, admin: ApiCaller) -> None:
        answer = admin.get("/api/tasks", nmae="x")
        assert answer.status_code == 400
        assert "nmae: There is no such parameter" in answer.json()["error"]["message"]
        assert "name, offset, search" in answer.json()["error"]["message"]

    @pytest.mark.parametrize("path", ["/api/me", "/api/act"])
    def test_an_address_that_is_no_list_refuses_them_as_well(self, admin: ApiCaller, path: str) -> None:
        answer = admin.get(f"{path}?nmae=x")
        assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["nmae"])


class TestOrder:
    def test_both_ways(self, admin: ApiCaller, many: list[FailedTask]) -> None:
        assert names(admin.get("/api/tasks", sortBy="name", limit=2)) == ["task-000", "task-001"]
        assert names(admin.get("/api/tasks", sortBy="name", sortOrder="desc", limit=2)) == ["task-119", "task-118"]

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [
            ({"sortBy": "error"}, {"sortBy": ["One of failed_at, name."]}),
            ({"sortBy": "tenant__name"}, {"sortBy": ["One of failed_at, name."]}),
            ({"sortBy": ""}, {"sortBy": ["One of failed_at, name."]}),
            ({"sortBy": "name", "sortOrder": "up"}, {"sortOrder": ["One of asc, desc."]}),
            ({"sortOrder": "up"}, {"sortOrder": ["One of asc, desc."]}),
            ({"sortOrder": "desc"}, {"sortBy": ["One of failed_at, name."]}),
        ],
    )
    def test_only_the_ones_it_offers(
        self, admin: ApiCaller, query: dict[str, str], wrong: dict[str, list[str]]
    ) -> None:
        answer = admin.get("/api/tasks", query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
        assert answer.json()["error"]["details"]["fields"] == wrong


def test_the_deepest_page_is_a_setting(admin: ApiCaller, settings: Settings) -> None:
    settings.API_MAX_OFFSET = 10
    assert admin.get("/api/tasks", offset=11).status_code == 400
