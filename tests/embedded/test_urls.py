"""The addresses that settings are given."""

from pathlib import Path
from urllib.parse import unquote

from integrations_site.embedded.urls import service_urls

GIVEN = {"DATABASE_URL": "postgresql://u@db/hub", "REDIS_URL": "redis://cache:6379/0"}


def test_the_environment_is_taken_at_its_word() -> None:
    assert service_urls(GIVEN) == ("postgresql://u@db/hub", "redis://cache:6379/0")


def test_what_the_environment_leaves_out_is_embedded(tmp_path: Path) -> None:
    urls = service_urls({"DATABASE_URL": GIVEN["DATABASE_URL"], "REDIS_URL": ""}, var=tmp_path / "var")

    assert urls.database_url == GIVEN["DATABASE_URL"]
    assert urls.redis_url.startswith("unix:///")
    assert urls.redis_url.endswith("/redis.sock?db=0")
    assert not (tmp_path / "var").exists(), "asking makes nothing"


def test_both_embedded_servers_have_their_socket_in_one_directory(tmp_path: Path) -> None:
    database_url, redis_url = service_urls({}, var=tmp_path / "with blank&" / "var")

    prefix, _, directory = database_url.partition("?host=")
    assert prefix == "postgresql://hub_owner@/hub"
    assert "&" not in directory
    assert redis_url == f"unix://{directory}/redis.sock?db=0"
    assert unquote(directory).startswith("/")
