"""The embedded servers in good order: what starts, who may use it, when it ends."""

import threading
from pathlib import Path

import pytest
import redis

from integrations_site.embedded import lifetime, wheels
from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.places import locate
from integrations_site.embedded.urls import service_urls

from .clones import as_root, connect, make_clone, pid, pids_of, processes, remove_clone


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


def test_a_start_that_meets_a_stop_waits_for_it(var: Path, servers: EmbeddedServers) -> None:
    other = EmbeddedServers(var)
    stopping = threading.Thread(target=servers.release)
    stopping.start()
    other.ensure_running()
    stopping.join()

    with connect(var) as connection:
        connection.execute("SELECT 1")
    other.release()


@pytest.mark.parametrize("below", [("with blank", "quote's"), ("d" * 60, "e" * 60), ("comma,", 'double"$HOME')])
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
def test_a_clone_that_is_closed_to_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither its data nor, with .venv in the clone, its programs can stay where they are.
    monkeypatch.setattr(wheels, "_may_execute", lambda program, account: False)
    tmp_path.chmod(0o700)
    var = tmp_path / "var"
    servers = EmbeddedServers(var)
    servers.ensure_running()
    try:
        assert (var / "embedded").is_symlink()
        assert tmp_path.stat().st_mode & 0o777 == 0o700, "nobody's permissions were touched"
        assert pids_of(f"{locate(var).home}/programs/")
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
