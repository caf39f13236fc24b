"""Calls to third parties are counted, whatever process makes them, and told of all at once."""

import os
import time
import uuid
from collections.abc import Callable

from connections.services import call_figures
from integrations_site.kernel import limits


def _counted(provider: str) -> dict[str, float]:
    """What Redis knows of a provider."""
    stored: dict[bytes, bytes] = limits.connection().hgetall("hub:figures:vendor")  # type: ignore[assignment]
    told = {name.decode(): float(value) for name, value in stored.items()}
    return {name: value for name, value in told.items() if name.split("|")[1] == provider}


def _fresh() -> str:
    """A provider that nobody has counted yet."""
    return f"acme-{uuid.uuid4()}"


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_they_reach_redis_by_themselves() -> None:
    provider = _fresh()
    for _ in range(50):
        call_figures.note(provider=provider, outcome="ok", seconds=0.25)
    call_figures.note(provider=provider, outcome="RateLimited", seconds=20.0)
    _until(lambda: len(_counted(provider)) == 5)
    assert _counted(provider) == {
        f"calls|{provider}|ok": 50,
        f"calls|{provider}|RateLimited": 1,
        f"seconds|{provider}|0.25": 50,
        f"seconds|{provider}|+Inf": 1,
        f"sum|{provider}": 32.5,
    }


def test_whoever_asks_this_process_is_told_of_everything() -> None:
    provider = _fresh()
    call_figures.note(provider=provider, outcome="ok", seconds=0.5)
    [calls, seconds] = call_figures.metrics()
    assert [each.value for each in calls.samples if each.labels["provider"] == provider] == [1.0]
    assert [each.value for each in seconds.samples if each.labels == {"provider": provider}] == [1.0, 0.5]


def test_a_forked_process_counts_its_own() -> None:
    provider = _fresh()
    call_figures.note(provider=provider, outcome="ok", seconds=0.5)
    child = os.fork()
    if child == 0:
        call_figures.note(provider=provider, outcome="ok", seconds=0.5)
        list(call_figures.metrics())
        os._exit(0)
    os.waitpid(child, 0)
    assert _counted(provider)[f"calls|{provider}|ok"] == 1
    list(call_figures.metrics())
    assert _counted(provider)[f"calls|{provider}|ok"] == 2
