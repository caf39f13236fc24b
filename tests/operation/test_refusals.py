"""What is refused before any view is asked leaves a log line and is counted, like every other request."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from integrations_site.operation.logs import JSONFormatter
from integrations_site.operation.metrics import requests

pytestmark = pytest.mark.django_db


def _line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The only line of a request."""
    [record] = [record for record in caplog.records if record.name == "hub.request"]
    line: dict[str, Any] = json.loads(JSONFormatter().format(record))
    return line


def _counted(status: int) -> float:
    labels = {"view": "unmatched", "method": "POST", "status": str(status)}
    return requests.registry().get_sample_value("hub_http_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": "99999999999"}, 413),
        ({"CONTENT_LENGTH": "many"}, 400),
        ({"HTTP_HOST": "elsewhere.example"}, 400),
    ],
)
@pytest.mark.parametrize("path", ["/api/cases", "/login"])
def test_a_refusal_is_logged_with_its_id_and_counted(
    caplog: pytest.LogCaptureFixture, path: str, environ: dict[str, Any], status: int
) -> None:
    before = _counted(status)
    browser = Client(raise_request_exception=False)
    with caplog.at_level("INFO", "hub.request"):
        answer = browser.generic("POST", path, headers={"X-Request-ID": "request-0411"}, **environ)
        line = _line(caplog)
    assert (answer.status_code, answer["X-Request-ID"]) == (status, "request-0411")
    assert (line["status"], line["path"], line["request_id"]) == (status, path, "request-0411")
    assert _counted(status) == before + 1


def test_so_is_who_is_led_to_tls(caplog: pytest.LogCaptureFixture, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    with caplog.at_level("INFO", "hub.request"):
        assert Client().get("/login").status_code == 301
    assert _line(caplog)["status"] == 301
