"""The probes: quick, open to everybody, truthful, and without internals."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django.fixtures import Settings

from integrations_site.operation import health
from integrations_site.operation.health import SECONDS_PER_PART, Database, Health, redis_works, worker_works
from tests.workers import worker


def _fine() -> bool:
    return True


def _broken() -> bool:
    raise ConnectionError("password=hunter2 refused at 10.0.0.7")


def _parts(**parts: Callable[[], bool]) -> dict[str, Callable[[], bool]]:
    return {"database": _fine, "redis": _fine, "worker": _fine} | parts


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the readiness probe ask other parts."""

    def use(**parts: Callable[[], bool]) -> None:
        monkeypatch.setattr(health, "_health", Health(_parts(**parts)))

    return use


@pytest.mark.parametrize("path", ["/health/live", "/health/live/"])
def test_a_process_that_answers_is_alive_without_any_database(path: str) -> None:
    answer = Client().get(path, headers={"Host": "10.1.2.3"}, secure=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer


def test_probes_take_no_post() -> None:
    assert Client().post("/health/live").status_code == 405
    assert Client().post("/health/ready").status_code == 405


def test_ready_when_every_part_works(probing: Callable[..., None]) -> None:
    probing()
    answer = Client().get("/health/ready", headers={"Host": "10.1.2.3"})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "redis": "ok", "worker": "ok"}}


@pytest.mark.parametrize("part", ["database", "redis", "worker"])
def test_it_says_which_part_failed_and_nothing_else(probing: Callable[..., None], part: str) -> None:
    probing(**{part: _broken})
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "redis": "ok", "worker": "ok"} | {part: "failed"}
    assert b"hunter2" not in answer.content
    assert b"10.0.0.7" not in answer.content


def test_a_part_that_hangs_is_bounded_and_not_asked_again_meanwhile() -> None:
    release, asked = threading.Event(), []

    def hang() -> bool:
        asked.append(1)
        return release.wait(30)

    hanging = Health(_parts(redis=hang))
    began = time.monotonic()
    assert hanging.check()["redis"] is False
    assert time.monotonic() - began < SECONDS_PER_PART + 1
    hanging._found_at = float("-inf")
    assert hanging.check()["redis"] is False
    assert len(asked) == 1
    release.set()
    hanging._found_at = float("-inf")
    assert hanging.check()["redis"] is True


def test_an_answer_holds_for_some_seconds_whoever_asks() -> None:
    asked = []

    def count() -> bool:
        asked.append(1)
        return True

    busy = Health(_parts(redis=count))
    threads = [threading.Thread(target=busy.check) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_redis_is_asked_for_real(settings: Settings) -> None:
    assert redis_works()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert Health({"redis": redis_works}).check() == {"redis": False}


@pytest.mark.django_db(transaction=True)
def test_the_database_is_ready_only_with_every_migration() -> None:
    assert Database()()
    applied = MigrationRecorder.Migration.objects.filter(app="ledger").latest("id")
    applied.delete()
    try:
        assert not Database()()
    finally:
        MigrationRecorder.Migration.objects.create(app=applied.app, name=applied.name)
    assert Database()()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_answers_is_found_and_one_that_is_gone_is_not(tmp_path: Path) -> None:
    assert not worker_works()
    log = tmp_path / "worker.log"
    with worker(log, queue="health", include="tests.operation.failing_task", environment={}) as running:
        running.wait_for(worker_works, "an answer to a ping")
    assert not worker_works()
