"""Every refusal has a code, a sentence and the request's id, and tells nothing of the hub's inside."""

import logging
from typing import Any

import pytest
from django.db import OperationalError
from psycopg import errors as driver

from integrations_site.api import errors
from integrations_site.api.error_forms import ErrorForm
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.scope import NoTenantError
from tests.api.clients import ApiCaller
from tests.api.probes import Act

pytestmark = pytest.mark.urls("tests.api.probes")


@pytest.mark.parametrize(
    ("how", "status", "code", "retry"),
    [
        ("conflict", 409, "PROBE_CONFLICT", None),
        ("transient", 503, "TEMPORARILY_UNAVAILABLE", 7),
        ("integrity", 409, "CONFLICT", None),
        ("operational", 503, "TEMPORARILY_UNAVAILABLE", 5),
        ("crash", 500, "INTERNAL_ERROR", None),
    ],
)
def test_the_form_of_document_003(admin: ApiCaller, how: str, status: int, code: str, retry: int | None) -> None:
    answer = admin.post("/api/act", {"fail": how})
    error = answer.json()["error"]
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert error["code"] == code
    assert error["requestId"] == answer["X-Request-ID"]
    assert error.get("retryAfter") == retry
    assert answer.get("Retry-After") == (str(retry) if retry else None)
    assert b"secret" not in answer.content


def test_details_are_told(admin: ApiCaller) -> None:
    assert admin.post("/api/act", {"fail": "conflict"}).json()["error"]["details"] == {"figure": 1}


def test_an_unexpected_fault_is_logged_with_its_cause(admin: ApiCaller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "integrations_site.api.errors"):
        admin.post("/api/act", {"fail": "crash"})
    [record] = [found for found in caplog.records if found.name == "integrations_site.api.errors"]
    assert record.exc_info
    assert "secret inside" in str(record.exc_info[1])


@pytest.mark.parametrize("state", [driver.DeadlockDetected, driver.SerializationFailure, driver.LockNotAvailable])
def test_who_lost_a_race_may_try_again(state: type[driver.Error]) -> None:
    error = OperationalError()
    error.__cause__ = state()
    found = errors.problem(error)
    assert (found.status, found.code, found.retry_after) == (503, "BUSY", 1)


def test_a_fault_of_the_hub_is_never_shown() -> None:
    assert errors.problem(NoTenantError("Tenant tables were touched")).message.startswith("The hub made a mistake")


class TestRequestId:
    def test_a_sane_one_is_kept(self, stranger: ApiCaller) -> None:
        assert stranger.get("/api/me", headers={"X-Request-ID": "order-4711.a:b"})["X-Request-ID"] == "order-4711.a:b"

    @pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "new\tline!", "üüüüüüüüüü"])
    def test_any_other_is_replaced(self, stranger: ApiCaller, given: str) -> None:
        answered = stranger.get("/api/me", headers={"X-Request-ID": given})["X-Request-ID"]
        assert len(answered) == 32
        assert answered != given


class TestAddresses:
    def test_with_and_without_a_slash(self, admin: ApiCaller) -> None:
        assert admin.get("/api/me/").json() == admin.get("/api/me").json()
        assert admin.post("/api/act/", {"name": "a"}).status_code == 201

    def test_none_that_exists(self, stranger: ApiCaller) -> None:
        answer = stranger.get("/api/nowhere")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "PATH_NOT_FOUND")
        assert answer.json()["error"]["requestId"] == answer["X-Request-ID"]
        assert "X-RateLimit-Limit" in answer

    def test_another_method(self, admin: ApiCaller) -> None:
        answer = admin.put("/api/echo", {})
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert answer["Allow"] == "POST"
        assert admin.send("TRACE", "/api/echo").status_code == 405


def own_body(error: HubError, request_id: str) -> dict[str, Any]:
    return {"success": False, "error": error.message, "details": error.details}


def test_a_view_may_have_the_form_of_another_document(admin: ApiCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Act, "error_form", ErrorForm("Own", own_body, {"type": "object"}))
    answer = admin.post("/api/act", {"fail": "conflict"})
    assert answer.json() == {"success": False, "error": "No", "details": {"figure": 1}}
