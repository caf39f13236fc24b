"""The embedded servers from their start to their end, in good order and otherwise."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from integrations_site.embedded import lifetime
from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.places import PROJECT_ROOT, locate
from integrations_site.embedded.processes import ServerProcess, postgres_process, redis_process
from integrations_site.embedded.urls import service_urls

from .conftest import as_root, connect, eventually, make_clone, remove_clone

USER = """
import sys
from pathlib import Path
from integrations_site.embedded.lifetime import EmbeddedServers
servers = EmbeddedServers(Path(sys.argv[1]))
servers.ensure_running()
print("ready", flush=True)
sys.stdin.read()
"""


def processes(var: Path) -> tuple[ServerProcess, ServerProcess]:
    return postgres_process(locate(var)), redis_process(locate(var))


def pid(process: ServerProcess) -> int:
    return int(process.pid_file.read_text().split()[0])


def another_user(var: Path) -> subprocess.Popen[str]:
    """A process that starts or joins the servers, and uses them until its input is closed."""
    command = [sys.executable, "-c", USER, str(var)]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_until_ready(user: subprocess.Popen[str]) -> None:
    assert user.stdout
    assert user.stdout.readline() == "ready\n"


@pytest.fixture
def client(var: Path, servers: EmbeddedServers) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(service_urls({}, var=var).redis_url) as client:
        yield client


@pytest.mark.usefixtures("servers")
def test_the_owner_has_the_rights_it_needs_and_no_more(var: Path) -> None:
    with connect(var) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, True, True)
        connection.execute("CREATE ROLE hub_app NOLOGIN NOBYPASSRLS")
        connection.execute("GRANT hub_app TO hub_owner")
        connection.execute("SET ROLE hub_app")
        connection.execute("RESET ROLE")
        connection.execute("CREATE DATABASE test_hub")
        connection.execute("DROP DATABASE test_hub")
        connection.execute("DROP ROLE hub_app")


@pytest.mark.usefixtures("servers")
def test_the_database_speaks_unicode_and_utc(var: Path) -> None:
    with connect(var) as connection:
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocale, current_setting('timezone'), lower('ÄRGER')"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("UTF8", "C.UTF-8", "UTC", "ärger")


@pytest.mark.usefixtures("servers")
def test_no_server_listens_on_the_network(var: Path) -> None:
    with connect(var) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with redis.Redis.from_url(service_urls({}, var=var).redis_url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_starting_again_changes_nothing(var: Path, servers: EmbeddedServers) -> None:
    before = [pid(process) for process in processes(var)]
    servers.ensure_running()
    assert [pid(process) for process in processes(var)] == before


def test_servers_stop_after_their_last_user(var: Path, servers: EmbeddedServers) -> None:
    other = EmbeddedServers(var)
    other.ensure_running()

    servers.release()
    assert all(process.is_alive() for process in processes(var))

    other.release()
    assert not any(process.is_alive() for process in processes(var))


def test_only_the_wanted_server_starts(var: Path) -> None:
    servers = EmbeddedServers(var, postgres=False)
    servers.ensure_running()
    assert [process.is_alive() for process in processes(var)] == [False, True]
    servers.release()


def test_data_survives_a_killed_postgres(var: Path, servers: EmbeddedServers) -> None:
    with connect(var) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    process, _ = processes(var)
    killed = pid(process)
    os.kill(killed, signal.SIGKILL)

    servers.ensure_running()

    assert pid(process) != killed
    with connect(var) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_data_survives_a_killed_valkey(var: Path, servers: EmbeddedServers, client: redis.Redis) -> None:
    client.set("kept", "7")
    _, process = processes(var)
    os.kill(pid(process), signal.SIGKILL)

    servers.ensure_running()

    assert client.get("kept") == b"7"


def test_start_after_a_power_cut(var: Path, servers: EmbeddedServers) -> None:
    """Pid files and sockets are left over, and the numbers belong to a living stranger by now."""
    for process in processes(var):
        os.kill(pid(process), signal.SIGKILL)
    assert eventually(lambda: not any(process.is_alive() for process in processes(var)))
    for process in processes(var):
        lines = process.pid_file.read_text().splitlines() if process.pid_file.exists() else [""]
        process.pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    servers.ensure_running()

    assert all(process.is_alive() for process in processes(var))
    with connect(var) as connection:
        connection.execute("SELECT 1")


def test_valkey_reads_on_to_where_a_file_breaks_off(var: Path, servers: EmbeddedServers, client: redis.Redis) -> None:
    client.mset({"whole": "1"})
    client.set("broken-off", "2")
    servers.stop()
    newest = max((locate(var).home / "redis" / "appendonlydir").glob("*.incr.aof"))
    os.truncate(newest, newest.stat().st_size - 3)

    servers.ensure_running()

    assert client.get("whole") == b"1"
    assert client.get("broken-off") is None


def test_spoilt_valkey_data_is_set_aside(var: Path, servers: EmbeddedServers, client: redis.Redis) -> None:
    client.set("lost", "7")
    servers.stop()
    directory = locate(var).home / "redis"
    newest = max((directory / "appendonlydir").glob("*.incr.aof"))
    newest.write_bytes(b"\0" * newest.stat().st_size)

    servers.ensure_running()

    assert client.get("lost") is None
    assert list(directory.glob("damaged-*"))


def test_processes_that_race_start_each_server_once() -> None:
    top, var = make_clone()
    try:
        users = [another_user(var) for _ in range(2)]
        for user in users:
            wait_until_ready(user)
        with connect(var) as connection:
            connection.execute("SELECT 1")
        logs = [process.log.read_text() for process in processes(var)]
        assert logs[0].count("database system is ready to accept connections") == 1
        assert logs[1].count("Server initialized") == 1
        for user in users:
            user.communicate(timeout=30)
            assert user.returncode == 0
        assert not any(process.is_alive() for process in processes(var)), "the last user stopped them"
    finally:
        remove_clone(top, var)


def test_servers_stop_when_their_only_user_is_killed(var: Path) -> None:
    user = another_user(var)
    wait_until_ready(user)

    user.kill()
    user.communicate()

    assert eventually(lambda: not any(process.is_alive() for process in processes(var)))


def test_a_new_guardian_follows_one_that_was_killed(var: Path) -> None:
    first, second = another_user(var), another_user(var)
    wait_until_ready(first)
    wait_until_ready(second)
    guardians = subprocess.run(["pgrep", "-f", f"guardian {var}"], capture_output=True, text=True, check=True)
    os.kill(int(guardians.stdout), signal.SIGKILL)
    third = another_user(var)
    wait_until_ready(third)

    for user in (first, second, third):
        user.kill()
        user.communicate()

    assert eventually(lambda: not any(process.is_alive() for process in processes(var)))


def test_a_start_that_meets_a_stop_waits_for_it(var: Path, servers: EmbeddedServers) -> None:
    other = EmbeddedServers(var)
    stopping = threading.Thread(target=servers.release)
    stopping.start()
    other.ensure_running()
    stopping.join()

    with connect(var) as connection:
        connection.execute("SELECT 1")
    other.release()


@pytest.mark.parametrize("below", [("with blank", "quote's"), ("d" * 60, "e" * 60), ("comma,", 'double"')])
def test_clones_in_awkward_places(below: tuple[str, ...]) -> None:
    top, var = make_clone(*below)
    try:
        servers = EmbeddedServers(var)
        servers.ensure_running()
        with connect(var) as connection, redis.Redis.from_url(service_urls({}, var=var).redis_url) as client:
            connection.execute("SELECT 1")
            client.ping()
        servers.release()
    finally:
        remove_clone(top, var)
    assert not locate(var).sockets.exists()


@as_root
def test_a_clone_that_is_closed_to_postgres(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    var = tmp_path / "var"
    servers = EmbeddedServers(var)
    servers.ensure_running()
    try:
        assert (var / "embedded").is_symlink()
        assert tmp_path.stat().st_mode & 0o777 == 0o700, "nobody's permissions were touched"
        with connect(var) as connection:
            connection.execute("CREATE TABLE old_data ()")
        # The clone goes while the servers run, and comes back: a fresh clone must not see what the old one left.
        (var / "embedded").unlink()
        again = EmbeddedServers(var)
        again.ensure_running()
        with connect(var) as connection:
            assert connection.execute("SELECT to_regclass('old_data')").fetchone() == (None,)
        again.release()
    finally:
        servers.destroy()
    assert not locate(var).home.exists()


def test_nothing_starts_where_the_environment_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/hub")
    monkeypatch.setenv("REDIS_URL", "redis://cache")
    monkeypatch.setattr(lifetime, "_servers", lambda **wanted: pytest.fail(f"started {wanted}"))

    assert lifetime.ensure_running() == ("postgresql://u@db/hub", "redis://cache")
