"""Log lines say whose they are, and planted secrets are in none of them."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from integrations_site.operation.logs import JSONFormatter, PlainFormatter, clean, known_secrets
from integrations_site.tenancy.models import Tenant, User
from tests.factories.tokens import bearer
from tests.operation.failing_task import fail_with
from tests.web.forms import log_in
from tests.workers import worker

SECRET = "Zq81xPlantedSecret"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.cGxhbnRlZA"
PLANTED = (SECRET, JWT, "eyJzdWIi")


class Log:
    """What was logged, as it is written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self, logger: str) -> list[dict[str, Any]]:
        """The lines of one logger; every line of the log is JSON."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["logger"] == logger]


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that is logged, in the form of production."""
    log = Log()
    handler = logging.StreamHandler(log.stream)
    handler.setFormatter(JSONFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield log
    root.removeHandler(handler)


def _has_none_of_the_planted(text: str) -> bool:
    return not any(planted in text for planted in PLANTED)


@pytest.mark.django_db
def test_a_request_leaves_a_line_that_says_whose_it_is(log: Log, plain_user: User, tenant: Tenant) -> None:
    browser = Client()
    log_in(browser, plain_user.email)
    answer = browser.get("/", {"token": SECRET}, headers={"X-Request-ID": "request-0001"})
    line = log.lines("hub.request")[-1]
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "hub.request",
        "message": "GET / 200",
        "request_id": "request-0001",
        "tenant_id": str(tenant.id),
        "user": plain_user.public_id,
        "method": "GET",
        "path": "/",
        "status": 200,
    }
    assert answer["X-Request-ID"] == "request-0001"
    assert _has_none_of_the_planted(log.text)


@pytest.mark.django_db
def test_a_call_of_the_api_is_told_with_its_tenant_and_caller(log: Log, tenant: Tenant) -> None:
    headers = bearer(tenant)
    Client().get("/api/cases", headers=headers)
    line = log.lines("hub.request")[-1]
    assert (line["status"], line["user"].partition("-")[0]) == (200, "user")
    assert headers["authorization"].split()[1] not in log.text


@pytest.mark.django_db
def test_nobody_inherits_the_name_of_who_was_served_before(log: Log, plain_user: User) -> None:
    browser = Client()
    log_in(browser, plain_user.email)
    browser.get("/")
    Client().get("/login")
    line = log.lines("hub.request")[-1]
    assert "user" not in line
    assert "tenant_id" not in line


@pytest.mark.django_db
def test_a_refused_log_in_leaves_no_password(log: Log, plain_user: User) -> None:
    log_in(Client(), plain_user.email, SECRET)
    Client().post("/login", {"username": SECRET, "password": SECRET}, headers={"Authorization": f"Bearer {JWT}"})
    assert log.lines("hub.request")
    assert _has_none_of_the_planted(log.text)


@pytest.mark.django_db
def test_a_failing_request_leaves_a_traceback_without_secrets(
    log: Log, plain_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        cause = ValueError(f"Authorization: Bearer {JWT}")
        raise RuntimeError(f"redis://:{SECRET}@cache/0 refused {{'client_secret': '{SECRET}'}}") from cause

    monkeypatch.setattr("integrations_site.web.dashboard.read", fail)
    browser = Client(raise_request_exception=False)
    log_in(browser, plain_user.email)
    browser.get("/", {"password": SECRET}, headers={"Cookie": f"x={SECRET}", "Authorization": f"Bearer {JWT}"})
    browser.get("/")
    [line] = log.lines("django.request")
    assert line["level"] == "error"
    assert "RuntimeError" in line["exception"]
    assert "ValueError" in line["exception"]
    assert _has_none_of_the_planted(log.text)


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["/password/reset/MQ/", "/password/reset/MQ/x/", "/files/", "/files/a/b/c/"])
def test_a_link_that_lets_its_bearer_in_is_in_no_line(log: Log, before: str) -> None:
    Client().get(f"{before}{SECRET}")
    Client().get(f"{before}{SECRET}/invoice.pdf")
    logging.getLogger("django.request").error("Internal Server Error: %s", f"{before}{SECRET}/invoice.pdf")
    logging.getLogger("test").error("See <https://hub.example.com%s%s>", before, SECRET)
    [first, _] = log.lines("hub.request")
    assert first["path"].endswith("[redacted]")
    assert first["message"].startswith(f"GET {first['path']} ")
    assert len(log.lines("django.request")) >= 1
    assert _has_none_of_the_planted(log.text)


def test_pages_and_source_files_with_such_a_name_stay_readable() -> None:
    for text in ("GET /password/reset/sent 200", 'File "/srv/integrations_site/files/views.py"', "/api/files/file-1"):
        assert clean(text) == text


@pytest.mark.parametrize("form", [JSONFormatter(), PlainFormatter()])
def test_no_way_of_logging_lets_a_secret_through(form: logging.Formatter) -> None:
    logger = logging.getLogger("test.careless")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    logger.addHandler(handler)
    try:
        logger.warning("headers %s", {"Authorization": f"Bearer {JWT}", "X-Api-Key": SECRET})
        logger.warning("body %r", json.dumps({"password": SECRET, "nested": {"refresh_token": JWT}}))
        logger.warning(
            "sent", extra={"headers": {"Cookie": f"a={SECRET}"}, "api_key": SECRET, "urls": [f"amqp://u:{SECRET}@q"]}
        )
        logger.warning("key %s", settings.SECRET_KEY)
        logger.warning("keys %s", list(settings.ENCRYPTION_KEYS.values()))
        try:
            raise KeyError(f"whsec_{SECRET}")
        except KeyError:
            logger.exception("failed", stack_info=True)
    finally:
        logger.removeHandler(handler)
    text = stream.getvalue()
    assert _has_none_of_the_planted(text)
    assert not any(secret in text for secret in known_secrets())
    assert len(text.splitlines()) >= 6


def test_one_record_is_one_line_even_with_line_breaks_and_hostile_text() -> None:
    record = logging.makeLogRecord({"msg": 'a\nb\r\n{"level": "info"}\x00\u2028', "levelname": "INFO", "name": "x"})
    line = JSONFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"].startswith("a\nb")


def test_no_text_passes_for_a_plain_line_of_its_own() -> None:
    forged = "\n12:00:00 INFO    hub.request: forged\r\x1b[2K\x85\u2028"
    try:
        raise ValueError(forged)
    except ValueError:
        record = logging.makeLogRecord({"msg": forged, "path": forged, "name": "x", "exc_info": sys.exc_info()})
    first, *traceback = PlainFormatter().format(record).splitlines()
    assert first.count("\\n12:00:00 INFO    hub.request: forged\\r\\x1b[2K\\x85\\u2028") == 2
    assert traceback
    assert all(line.startswith("    ") for line in traceback)
    assert "\x1b" not in "".join(traceback)


def test_an_enormous_message_is_cut() -> None:
    record = logging.makeLogRecord({"msg": "x" * 5_000_000, "levelname": "INFO", "name": "x"})
    assert len(JSONFormatter().format(record)) < 40_000


def test_extras_that_are_no_json_are_written_as_text() -> None:
    record = logging.makeLogRecord({"msg": "m", "levelname": "INFO", "name": "x", "path": Path("/a"), "kind": sys})
    assert json.loads(JSONFormatter().format(record))["path"] == "/a"


def test_what_is_no_plain_json_is_written_all_the_same() -> None:
    record = logging.makeLogRecord({"msg": "half \ud800", "levelname": "INFO", "name": "x", "big": 2**70, "n": {1: 2}})
    line = json.loads(JSONFormatter().format(record))
    assert (line["message"], line["big"], line["n"]) == ("half \ud800", 2**70, {"1": 2})


@pytest.mark.django_db(transaction=True)
def test_a_worker_tells_of_a_failed_task_with_its_id_and_without_secrets(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker(log, queue="logs", include="tests.operation.failing_task", environment={}) as running:
        sent = fail_with.apply_async(kwargs={"secret": SECRET, "token": JWT}, queue="logs")
        running.wait_for(lambda: "raised unexpected" in running.log, "the failure's log line")
    lines = [json.loads(line) for line in running.log.splitlines() if line.startswith("{")]
    [failure] = [line for line in lines if "raised unexpected" in line["message"]]
    assert failure["task_id"] == sent.id
    assert failure["level"] == "error"
    assert _has_none_of_the_planted(running.log)
