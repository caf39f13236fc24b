"""What a command line gets: servers where it needs them, a plain word where it cannot have what it asks for."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations_site.embedded.commands import needs_servers, provide_servers
from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.places import PROJECT_ROOT, locate
from integrations_site.embedded.ports import require_free
from integrations_site.embedded.processes import postgres_process, redis_process

CONNECT = """
import psycopg, socket, sys
from integrations_site.embedded.urls import service_urls
with psycopg.connect(service_urls().database_url) as connection:
    connection.execute("SELECT 1")
sys.exit(7)
"""


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def run(var: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"HUB_VAR_DIR": str(var)}
    return subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def anything_runs(var: Path) -> bool:
    return any(process(locate(var)).is_alive() for process in (postgres_process, redis_process))


@pytest.mark.parametrize("line", ["manage.py migrate", "manage.py shell -c pass", "manage.py runserver 8000"])
def test_most_commands_need_servers(line: str) -> None:
    assert needs_servers(line.split())


@pytest.mark.parametrize("line", ["manage.py", "manage.py help migrate", "manage.py migrate --help", "manage.py up"])
def test_some_commands_need_none(line: str) -> None:
    assert not needs_servers(line.split())


def test_a_server_that_cannot_run_ends_the_command_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise EmbeddedError("say this")

    monkeypatch.setattr("integrations_site.embedded.commands.ensure_running", fail)

    with pytest.raises(SystemExit) as ended:
        provide_servers(["manage.py", "migrate"])
    assert ended.value.code == "say this"


def test_run_gives_a_command_servers_for_as_long_as_it_takes(var: Path) -> None:
    finished = run(var, sys.executable, "-m", "integrations_site.embedded", "run", "--", sys.executable, "-c", CONNECT)

    assert finished.returncode == 7, finished.stderr
    # The guardian stops them; who starts again waits for it.
    EmbeddedServers(var).stop()
    assert not anything_runs(var)


def test_stop_and_destroy_without_servers(var: Path) -> None:
    for action in ("stop", "destroy"):
        finished = run(var, sys.executable, "-m", "integrations_site.embedded", action)
        assert finished.returncode == 0, finished.stderr


def test_a_free_port_is_free(taken_port: int) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    require_free("127.0.0.1", {"--port": port})


def test_a_taken_port_is_named_with_the_way_out(taken_port: int) -> None:
    with pytest.raises(EmbeddedError, match=rf"Port {taken_port} on 127\.0\.0\.1 is in use\. .* --sandbox-port"):
        require_free("127.0.0.1", {"--sandbox-port": taken_port})


def test_two_programs_cannot_share_a_port() -> None:
    with pytest.raises(EmbeddedError, match="must be different"):
        require_free("127.0.0.1", {"--port": 8000, "--sandbox-port": 8000})


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(EmbeddedError, match="not an address"):
        require_free("256.0.0.1", {"--port": 8000})


def test_up_looks_at_its_ports_before_it_starts_anything(var: Path, taken_port: int) -> None:
    finished = run(var, sys.executable, "manage.py", "up", "--port", str(taken_port))

    assert finished.returncode != 0
    assert f"Port {taken_port} on 127.0.0.1 is in use" in finished.stderr
    assert not anything_runs(var)
