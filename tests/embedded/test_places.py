"""Where the servers are to be, for clones in ordinary and in awkward places."""

import os
import shutil
from pathlib import Path

import pytest

from integrations_site.embedded import places as places_module
from integrations_site.embedded.directories import prepare, remove
from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.places import POSTGRES_SOCKET, Account, can_reach, locate

from .clones import as_root, make_clone

SOCKET_LIMIT = 107


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_module, "_account", lambda: None)


@pytest.fixture
def as_superuser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_module, "_account", lambda: Account("nobody", 65534, 65534))


@pytest.mark.usefixtures("as_user")
def test_everything_lies_in_var(tmp_path: Path) -> None:
    places = locate(tmp_path / "var")

    assert places.home == tmp_path / "var" / "embedded"
    assert not places.is_relocated
    assert list(tmp_path.iterdir()) == [], "asking makes nothing"


@pytest.mark.usefixtures("as_user")
@pytest.mark.parametrize("name", ["deep" * 40, "a,b"])
def test_sockets_move_where_their_path_would_not_do(tmp_path: Path, name: str) -> None:
    places = locate(tmp_path / name / "var")

    assert places.home.is_relative_to(tmp_path)
    assert places.sockets.parent == Path("/tmp")
    assert len(os.fsencode(places.sockets / POSTGRES_SOCKET)) <= SOCKET_LIMIT


@pytest.mark.usefixtures("as_user")
def test_two_deep_clones_do_not_share_their_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 40)

    assert locate(deep / "one").sockets != locate(deep / "two").sockets


@pytest.mark.usefixtures("as_superuser")
def test_root_keeps_the_data_in_a_clone_that_all_may_enter() -> None:
    top, var = make_clone()
    try:
        assert not locate(var).is_relocated
    finally:
        top.rmdir()


@pytest.mark.usefixtures("as_superuser")
def test_root_moves_the_data_out_of_a_closed_clone(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    places = locate(tmp_path / "var")

    assert places.is_relocated
    assert places.home.parent == Path("/var/lib")
    assert places.home == locate(tmp_path / "var").home


@pytest.mark.usefixtures("as_superuser")
def test_the_link_decides_where_the_data_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "embedded").symlink_to(elsewhere)

    assert locate(tmp_path / "var").home == elsewhere


def test_reach_ends_at_the_first_closed_directory(tmp_path: Path) -> None:
    stranger = Account("stranger", 54321, 54321)
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o755)
    tmp_path.chmod(0o700)

    assert not can_reach(inner, stranger)
    assert can_reach(Path("/"), stranger)


@as_root
def test_a_strangers_directory_is_not_used() -> None:
    top, var = make_clone("deep" * 40)
    places = locate(var)
    places.sockets.mkdir()
    os.chown(places.sockets, 54321, 54321)
    try:
        with pytest.raises(EmbeddedError, match="is in the way"):
            prepare(places)
    finally:
        remove(places)
        shutil.rmtree(top)


def test_directories_are_closed_to_others() -> None:
    top, var = make_clone()
    places = locate(var)
    prepare(places)
    try:
        for directory in (places.sockets, places.home / "postgres", places.home / "redis"):
            assert directory.stat().st_mode & 0o077 == 0, directory
    finally:
        remove(places)
        shutil.rmtree(top)
