"""What the embedded servers survive: killed processes, power cuts, races."""

import os
import signal
from pathlib import Path

import redis

from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.places import locate

from .clones import (
    another_user,
    connect,
    eventually,
    make_clone,
    pid,
    pids_of,
    processes,
    remove_clone,
    wait_until_ready,
)


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
    (guardian,) = pids_of(f"guardian {var}")
    os.kill(guardian, signal.SIGKILL)
    third = another_user(var)
    wait_until_ready(third)

    for user in (first, second, third):
        user.kill()
        user.communicate()

    assert eventually(lambda: not any(process.is_alive() for process in processes(var)))
