"""Rate limits: exact, told, and no reason to fail."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as hub_settings
from pytest_django import Settings
from redis import Redis

from integrations_site.kernel import limits
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_member

pytestmark = pytest.mark.urls("tests.api.probes")


COUNT = """
from integrations_site.kernel import limits
print(sum(not limits.count("processes", limit=100).is_exceeded for _ in range(60)))
"""


class TestCounting:
    def test_exact_across_threads(self) -> None:
        with ThreadPoolExecutor(16) as pool:
            passed = pool.map(lambda _: not limits.count("threads", limit=50).is_exceeded, range(200))
        assert sum(passed) == 50

    def test_exact_across_processes(self) -> None:
        counting = [subprocess.Popen([sys.executable, "-c", COUNT], stdout=subprocess.PIPE) for _ in range(3)]
        assert sum(int(process.communicate(timeout=60)[0]) for process in counting) == 100

    def test_a_window_ends(self) -> None:
        assert not limits.count("short", limit=1, seconds=1).is_exceeded
        used = limits.count("short", limit=1, seconds=1)
        assert used.is_exceeded
        assert used.retry_after in (1, 2)
        deadline = time.monotonic() + 5
        while limits.count("short", limit=1, seconds=1).is_exceeded:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def test_a_key_without_an_end_gets_one(self) -> None:
        limits.connection().set("hub:limit:endless", 7)
        assert limits.count("endless", limit=10).used == 8
        assert 0 < limits.connection().pttl("hub:limit:endless") <= 60_000


def test_a_connection_that_redis_closed_costs_no_limit() -> None:
    limits.count("closed", limit=5)
    mine = limits.connection().client_id()
    Redis.from_url(hub_settings.REDIS_URL).client_kill_filter(_id=str(mine))
    assert limits.count("closed", limit=5).used == 2


def test_a_redis_that_has_forgotten_the_script_costs_no_limit() -> None:
    limits.count("forgotten", limit=5)
    limits.connection().script_flush()
    assert limits.count("forgotten", limit=5).used == 2


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def real_url(self, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
        """Redis is dead; where it really is."""
        real: str = settings.REDIS_URL
        settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
        limits._own.process = None
        monkeypatch.setattr(limits, "_silent_until", 0.0)
        yield real
        limits._own.process = None

    def test_everybody_passes_and_the_failure_is_remembered(
        self, member: ApiCaller, caplog: pytest.LogCaptureFixture
    ) -> None:
        answers = [member.get("/api/slow") for _ in range(40)]
        assert {answer.status_code for answer in answers} == {200}
        assert {answer["X-RateLimit-Remaining"] for answer in answers} == {"30"}
        warnings = [one for one in caplog.records if one.name == "integrations_site.kernel.limits"]
        assert len(warnings) == 1

    def test_it_is_asked_again_after_a_while(
        self, real_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert limits.count("again", limit=5).used == 0
        settings.REDIS_URL = real_url
        limits._own.process = None
        assert limits.count("again", limit=5).used == 0
        monkeypatch.setattr(limits, "_silent_until", 0.0)
        assert limits.count("again", limit=5).used == 1


class TestOnAnswers:
    def test_the_headers_count_down(self, member: ApiCaller) -> None:
        first, second = member.get("/api/slow"), member.get("/api/slow")
        assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("30", "29")
        assert second["X-RateLimit-Remaining"] == "28"
        assert 0 < int(second["X-RateLimit-Reset"]) - time.time() <= 61

    def test_over_the_limit(self, member: ApiCaller) -> None:
        answers = [member.get("/api/slow") for _ in range(31)]
        assert [answer.status_code for answer in answers] == [200] * 30 + [429]
        error = answers[-1].json()["error"]
        assert error["code"] == "RATE_LIMIT_EXCEEDED"
        assert 0 < error["retryAfter"] <= 61
        assert answers[-1]["Retry-After"] == str(error["retryAfter"])
        assert answers[-1]["X-RateLimit-Remaining"] == "0"
        assert member.get("/api/me").status_code == 200  # another class of paths

    def test_a_tenant_is_one_whoever_calls_and_another_tenant_is_another(
        self, admin: ApiCaller, member: ApiCaller, rival: Tenant
    ) -> None:
        admin.get("/api/slow")
        assert member.get("/api/slow")["X-RateLimit-Remaining"] == "28"
        assert api_client(make_member(rival)).get("/api/slow")["X-RateLimit-Remaining"] == "29"

    def test_refusals_carry_them_too(self, admin: ApiCaller, member: ApiCaller, stranger: ApiCaller) -> None:
        refusals = [
            stranger.get("/api/me"),
            stranger.get("/api/me", headers={"Authorization": "Bearer x"}),
            member.get("/api/admins"),
            admin.get("/api/tasks/nonsense"),
            admin.put("/api/echo", {}),
            admin.post("/api/echo", b"{"),
            admin.post("/api/echo", b"", content_type="text/plain"),
            admin.get("/api/me", headers={"Accept": "text/csv"}),
            admin.post("/api/act", {"fail": "crash"}),
        ]
        assert [answer.status_code for answer in refusals] == [401, 401, 403, 404, 405, 400, 200, 406, 500]
        for answer in refusals:
            assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID"} <= set(
                answer.headers
            )

    def test_strangers_are_limited_by_address(self, stranger: ApiCaller, settings: Settings, member: ApiCaller) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"anonymous": 3}
        assert [stranger.get("/api/me").status_code for _ in range(4)] == [401, 401, 401, 429]
        assert member.get("/api/me").status_code == 200

    def test_no_refusal_of_a_stranger_is_free(self, admin: ApiCaller, settings: Settings, rival: Tenant) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"anonymous": 4}
        settings.API_MAX_BODY_BYTES = 10
        tries = [
            admin.get("/api/me", headers={"X-Tenant-ID": rival.public_id}),
            admin.get("/api/me", headers={"Accept": "text/csv"}),
            admin.post("/api/echo", {"text": "long"}),
            admin.get("/api/nowhere"),
            admin.get("/api/me", headers={"X-Tenant-ID": rival.public_id}),
            admin.get("/api/me", headers={"Accept": "text/csv"}),
            admin.post("/api/echo", {"text": "long"}),
            admin.get("/api/nowhere"),
        ]
        assert [answer.status_code for answer in tries] == [403, 406, 413, 404] + [429] * 4
        assert admin.get("/api/me").status_code == 200

    def test_a_refused_request_does_nothing(self, admin: ApiCaller, admin_user: User, settings: Settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"ledger": 1}
        assert admin.post("/api/tasks", {"name": "a", "error": "b"}).status_code == 201
        assert admin.post("/api/tasks", {"name": "a", "error": "b"}).status_code == 429
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"ledger": 100}
        assert admin.get("/api/tasks").json()["total"] == 1
