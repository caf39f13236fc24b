"""The web server's own lines, from its first to its last, are of the form that the settings choose."""

import json
import signal
import subprocess
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from integrations_site.embedded.places import PROJECT_ROOT
from integrations_site.embedded.programs import hub_programs
from tests.benchmarks.programs import free_port
from tests.operation.test_production import COMPLETE, KEPT


def _status(port: int, path: str, **headers: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            return answer.status


def _is_alive(port: int) -> bool:
    try:
        return _status(port, "/health/live") == 200
    except OSError:
        return False


def _lines(directory: Path, settings: str, **environment: str) -> list[str]:
    """What the server writes from its start to its end, with a request that is refused in between."""
    port = free_port()
    [web, *_] = hub_programs(host="127.0.0.1", port=port, workers=1, sandbox_port=None)
    needed = COMPLETE | {"SIGNING_KEYS_DIR": str(directory), "HUB_VAR_DIR": str(directory)}
    with (directory / "log").open("w+") as log:
        server = subprocess.Popen(
            web.command,
            cwd=PROJECT_ROOT,
            env=KEPT | needed | environment | {"DJANGO_SETTINGS_MODULE": f"integrations_site.settings.{settings}"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            end = time.monotonic() + 60
            while not _is_alive(port):
                assert server.poll() is None, (directory / "log").read_text()
                assert time.monotonic() < end, "the server does not start"
                time.sleep(0.05)
            assert _status(port, "/api/cases", Host="elsewhere.example") == 400
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
        log.seek(0)
        return log.read().splitlines()


def test_in_production_every_line_is_json(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in _lines(tmp_path, "production")]
    loggers = [line["logger"] for line in lines]
    assert (loggers[0], loggers[-1]) == ("_granian", "_granian")
    assert "Starting granian" in lines[0]["message"]
    assert [line["status"] for line in lines if line["logger"] == "hub.request"] == [400]


def test_locally_they_are_for_people(tmp_path: Path) -> None:
    first = _lines(tmp_path, "local", LOG_FORMAT="plain")[0]
    assert "INFO    _granian: Starting granian" in first
