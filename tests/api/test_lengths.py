"""Bodies that are refused for their length, before anything is read."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant
from tests.api.clients import ApiCaller

PROBES = pytest.mark.urls("tests.api.probes")
MIB = 1024 * 1024


def send(path: str, body: str = "", **environ: Any) -> Any:
    return Client(raise_request_exception=False).generic("POST", path, body, "application/json", **environ)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@PROBES
def test_a_chunked_body_is_not_taken_for_an_empty_one(admin: ApiCaller, tenant: Tenant) -> None:
    token = {"HTTP_AUTHORIZATION": admin.headers["Authorization"], "HTTP_TRANSFER_ENCODING": "chunked"}
    assert code(send("/api/act", **token)) == (411, "LENGTH_REQUIRED")
    assert code(send("/api/act", '{"name": "a"}', **token)) == (400, "MALFORMED_REQUEST")
    with scope.tenant_scope(tenant.id):
        assert not FailedTask.objects.exists()


@pytest.mark.parametrize("path", ["/oauth/token", "/api", "/admin/", "/login"])
def test_on_every_path(db: None, path: str) -> None:
    assert send(path, HTTP_TRANSFER_ENCODING="chunked").status_code == 411
    assert send(path, CONTENT_LENGTH="99999999999").status_code == 413


@pytest.mark.parametrize(("path", "most"), [("/api/cases", 2 * MIB), ("/admin/", 2 * MIB), ("/oauth/token", MIB)])
def test_how_much_is_read(db: None, settings: Settings, path: str, most: int) -> None:
    settings.API_MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MIB
    assert send(path, CONTENT_LENGTH=str(most)).status_code not in (413, 500)
    assert send(path, CONTENT_LENGTH=str(most + 1)).status_code == 413


@pytest.mark.parametrize("length", ["\u0663", "\u00b2", "-1", "1e3", " "])
def test_a_length_that_is_no_number(db: None, length: str) -> None:
    assert code(send("/api/cases", CONTENT_LENGTH=length)) == (400, "MALFORMED_REQUEST")


def test_a_length_of_many_digits(db: None) -> None:
    assert code(send("/api/cases", CONTENT_LENGTH="9" * 5000)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("path", ["/api", "/api/", "/oauth", "/oauth/"])
def test_the_root_of_the_api_is_no_page(db: None, path: str) -> None:
    assert code(Client().get(path)) == (404, "PATH_NOT_FOUND")
