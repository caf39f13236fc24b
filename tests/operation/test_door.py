"""The fast lists' own way in: the same answers as through Django, told of and counted as there."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import resolve
from pytest_django import Settings

from integrations_site.api.fast_lists import FastList
from integrations_site.operation import door
from integrations_site.operation.logs import JSONFormatter
from integrations_site.operation.metrics import requests
from integrations_site.tenancy import scope, tokens
from integrations_site.tenancy.models import Tenant
from tests.factories import make_case
from tests.factories.tokens import bearer

# What differs from one request to the next.
PASSING = {"X-Request-ID", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


class Caller:
    """Requests through the door; `passed_on` are those that went on to Django."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.passed_on: list[dict[str, Any]] = []
        self.status = ""
        self.headers: dict[str, str] = {}
        self._django = get_wsgi_application()
        self._door = door.FastListDoor(self._through_django)

    def get(self, path: str = "/api/cases", query: str = "limit=50", **environ: Any) -> bytes:
        """The body; `status` and `headers` tell the rest."""
        given = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "HTTP_HOST": "testserver",
            "SERVER_PORT": "443",
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(),
            "HTTP_AUTHORIZATION": self.token,
        }
        return b"".join(self._door(given | environ, self._start_response))

    def _start_response(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)

    def _through_django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.passed_on.append(environ)
        return self._django(environ, start_response)


@pytest.fixture
def in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A request leaves the connection alone, in whose transaction the test runs; as in Django's own client."""
    monkeypatch.setattr(door, "close_old_connections", lambda: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def caller(tenant: Tenant, settings: Settings) -> Iterator[Caller]:
    """A member of a tenant with cases, at a hub that is set up as in production."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    door._common_headers.cache_clear()
    resolve("/api/cases")  # the list is offered where the addresses are known
    with scope.tenant_scope(tenant.id):
        make_case()
    yield Caller(bearer(tenant)["authorization"])
    door._common_headers.cache_clear()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """The request log, as it is written."""
    caplog.set_level("INFO")
    monkeypatch.setattr(caplog.handler, "formatter", JSONFormatter())
    return lambda: [line for line in map(json.loads, caplog.text.splitlines()) if line["logger"] == "hub.request"]


@pytest.mark.django_db
@pytest.mark.usefixtures("in_a_transaction")
@pytest.mark.parametrize("query", ["limit=50", "", "limit=1&offset=1", "status=draft"])
def test_the_answer_is_the_one_that_django_gives(caller: Caller, query: str) -> None:
    body = caller.get(query=query)
    there = Client().get(f"/api/cases?{query}", headers={"authorization": caller.token}, secure=True)
    assert not caller.passed_on
    assert (caller.status, body) == ("200 OK", there.content)
    assert set(caller.headers) == set(there.headers)
    assert {"Strict-Transport-Security", "Content-Security-Policy", *PASSING} < set(caller.headers)
    lasting = caller.headers.keys() - PASSING
    assert {name: caller.headers[name] for name in lasting} == {name: there.headers[name] for name in lasting}


@pytest.mark.django_db
@pytest.mark.usefixtures("in_a_transaction")
def test_it_is_told_of_and_counted(caller: Caller, tenant: Tenant, lines: Callable[[], list[dict[str, Any]]]) -> None:
    def counted() -> float:
        labels = {"view": "api/cases$", "method": "GET", "status": "200"}
        return requests.registry().get_sample_value("hub_http_requests_total", labels) or 0

    before = counted()
    caller.get(HTTP_X_REQUEST_ID="request-0001")
    assert counted() == before + 1
    assert caller.headers["X-Request-ID"] == "request-0001"
    [line] = lines()
    assert (line["message"], line["path"], line["request_id"]) == ("GET /api/cases 200", "/api/cases", "request-0001")
    assert line["tenant_id"] == str(tenant.id)
    assert line["user"].startswith("user-")
    assert caller.token.split()[1] not in json.dumps(line)
    assert scope.current() == scope.NOWHERE


@pytest.mark.django_db
@pytest.mark.usefixtures("in_a_transaction")
@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"HTTP_AUTHORIZATION": ""}, 401),
        ({"HTTP_AUTHORIZATION": "Bearer nonsense"}, 401),
        ({"HTTP_X_TENANT_ID": "tenant-" + "0" * 32}, 403),
        ({"wsgi.url_scheme": "http"}, 301),
        ({"HTTP_HOST": "elsewhere.example"}, 400),
        ({"HTTP_HOST": ""}, 400),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": "nonsense"}, 400),
        ({"REQUEST_METHOD": "HEAD"}, 200),
        ({"QUERY_STRING": "limit=0"}, 400),
        ({"QUERY_STRING": "kind=invoice"}, 200),
        ({"PATH_INFO": "/api/cases/"}, 200),
        ({"PATH_INFO": "/api/vendors"}, 200),
    ],
)
def test_everything_else_is_djangos(
    caller: Caller, lines: Callable[[], list[dict[str, Any]]], environ: dict[str, str], status: int
) -> None:
    caller.get(**environ)
    assert len(caller.passed_on) == 1
    assert caller.status.startswith(str(status))
    assert [line["status"] for line in lines()] == [status]


@pytest.mark.django_db(transaction=True)
def test_a_revoked_token_is_refused_at_once(caller: Caller) -> None:
    caller.get()
    tokens.revoke(caller.token.split()[1])
    caller.get()
    assert caller.status.startswith("401")


@pytest.mark.django_db
@pytest.mark.usefixtures("in_a_transaction")
def test_over_the_limit(caller: Caller, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"ledger": 1}
    statuses = []
    for _ in range(2):
        caller.get()
        statuses.append(caller.status[:3])
    assert statuses == ["200", "429"]


@pytest.mark.django_db
@pytest.mark.usefixtures("in_a_transaction")
def test_where_it_fails_its_view_answers_and_the_log_says_why(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(FastList, "answer", fail)
    caller.get()
    assert (caller.status, len(caller.passed_on)) == ("200 OK", 1)
    [told] = [record for record in caplog.records if record.name == door.__name__]
    assert told.exc_info
    assert str(told.exc_info[1]) == "out of order"


@pytest.mark.django_db
@pytest.mark.usefixtures("in_a_transaction")
@pytest.mark.parametrize("count", [2, 2000])
def test_a_query_that_no_list_knows_is_no_fault(caller: Caller, caplog: pytest.LogCaptureFixture, count: int) -> None:
    caller.get(query="&".join(f"a{number}=1" for number in range(count)))
    assert caller.status.startswith("400")
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"} and record.exc_info]
