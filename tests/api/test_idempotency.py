"""The same POST, sent again."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from integrations_site.api import retention
from integrations_site.api.models import IdempotencyKey
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant, User
from tests.api import probes
from tests.api.clients import ApiCaller, api_client
from tests.concurrency import eventually, somebody_waits_for_a_lock
from tests.factories import make_member

pytestmark = pytest.mark.urls("tests.api.probes")
KEY = {"Idempotency-Key": "order-4711"}


def tasks(tenant: Tenant) -> int:
    with scope.tenant_scope(tenant.id):
        return FailedTask.objects.count()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestAgain:
    def test_the_same_answer_and_nothing_done_twice(self, admin: ApiCaller, tenant: Tenant) -> None:
        first, second = (admin.post("/api/act", {"name": "a"}, headers=KEY) for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert first["Location"] == second["Location"]
        assert "Idempotent-Replayed" not in first
        assert second["Idempotent-Replayed"] == "true"
        assert first["X-Request-ID"] != second["X-Request-ID"]
        assert tasks(tenant) == 1

    def test_without_a_key_it_is_another_request(self, admin: ApiCaller, tenant: Tenant) -> None:
        for _ in range(2):
            admin.post("/api/act", {"name": "a"})
        assert tasks(tenant) == 2

    @pytest.mark.parametrize("other", [{"name": "b"}, {"name": "a", "x": 1}, b'{"name" : "a"}'])
    def test_another_body(self, admin: ApiCaller, tenant: Tenant, other: Any) -> None:
        admin.post("/api/act", {"name": "a"}, headers=KEY)
        assert code(admin.post("/api/act", other, headers=KEY)) == (409, "IDEMPOTENCY_KEY_REUSED")
        assert tasks(tenant) == 1

    def test_another_path_or_query(self, admin: ApiCaller) -> None:
        admin.post("/api/act", {"name": "a"}, headers=KEY)
        for path in ("/api/echo", "/api/act?dry_run=true"):
            assert code(admin.post(path, {"name": "a"}, headers=KEY)) == (409, "IDEMPOTENCY_KEY_REUSED")

    def test_keys_of_others_are_others(self, admin: ApiCaller, tenant: Tenant, rival: Tenant) -> None:
        callers = [admin, api_client(make_member(tenant, role="tenant_admin")), api_client(make_member(rival))]
        for caller in callers:
            assert "Idempotent-Replayed" not in caller.post("/api/act", {"name": "a"}, headers=KEY)
        assert (tasks(tenant), tasks(rival)) == (2, 1)

    def test_a_super_admin_above_tenants(self, root: ApiCaller) -> None:
        assert root.post("/api/everywhere", {}, headers=KEY).json() == {"tenant": None}
        assert root.post("/api/everywhere", {}, headers=KEY)["Idempotent-Replayed"] == "true"

    def test_after_a_day_it_is_new_and_can_be_forgotten(self, admin: ApiCaller, tenant: Tenant) -> None:
        admin.post("/api/act", {"name": "a"}, headers=KEY)
        admin.post("/api/act", {"name": "a"}, headers={"Idempotency-Key": "young"})
        with scope.all_tenants():
            long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=24, minutes=1)
            IdempotencyKey.objects.filter(key="order-4711").update(created_at=long_ago)
        assert admin.post("/api/act", {"name": "b"}, headers=KEY).status_code == 201
        assert tasks(tenant) == 3
        with scope.all_tenants():
            IdempotencyKey.objects.filter(key="order-4711").update(created_at=long_ago)
            assert retention.purge() == 1
            assert IdempotencyKey.objects.get().key == "young"

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "schlüssel", "a\tb"])
    def test_a_key_that_is_none(self, admin: ApiCaller, tenant: Tenant, key: str) -> None:
        answer = admin.post("/api/act", {"name": "a"}, headers={"Idempotency-Key": key})
        assert code(answer) == (400, "INVALID_IDEMPOTENCY_KEY")
        assert tasks(tenant) == 0

    def test_uploads_count_by_content_not_by_boundary(self, admin: ApiCaller) -> None:
        def send(content: bytes, name: str = "a.xml") -> Any:
            return admin.upload("/api/upload", {"file": SimpleUploadedFile(name, content)}, headers=KEY)

        first = send(b"<a/>")
        assert first.json() == {"name": "a.xml", "content": "<a/>"}
        assert send(b"<a/>").content == first.content
        assert code(send(b"<b/>")) == (409, "IDEMPOTENCY_KEY_REUSED")
        assert code(send(b"<a/>", "b.xml")) == (409, "IDEMPOTENCY_KEY_REUSED")


class TestRefusals:
    @pytest.mark.parametrize("how", ["conflict", "integrity"])
    def test_they_are_remembered_and_what_was_done_is_undone(self, admin: ApiCaller, tenant: Tenant, how: str) -> None:
        first, second = (admin.post("/api/act", {"fail": how}, headers=KEY) for _ in range(2))
        assert first.status_code == second.status_code == 409
        assert first.content == second.content
        assert second["Idempotent-Replayed"] == "true"
        assert tasks(tenant) == 0

    @pytest.mark.parametrize(("how", "status"), [("crash", 500), ("transient", 503), ("operational", 503)])
    def test_faults_are_not_and_the_key_stays_free(
        self, admin: ApiCaller, tenant: Tenant, how: str, status: int
    ) -> None:
        probes.runs.clear()
        for _ in range(2):
            answer = admin.post("/api/act", {"fail": how}, headers=KEY)
            assert answer.status_code == status
        assert len(probes.runs) == 2
        with scope.tenant_scope(tenant.id):
            assert not IdempotencyKey.objects.exists()
        assert tasks(tenant) == 0
        assert admin.post("/api/act", {}, headers=KEY).status_code == 201

    def test_what_is_refused_before_it_begins_uses_no_key(self, admin: ApiCaller) -> None:
        assert admin.post("/api/act", b"{", headers=KEY).status_code == 400
        assert admin.post("/api/act", {}, headers=KEY).status_code == 201


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture(autouse=True)
    def _open_gate(self) -> Iterator[None]:
        probes.runs.clear()
        probes.gate.clear()
        yield
        probes.gate.set()

    def test_of_twenty_one_runs(self, admin_user: User, tenant: Tenant) -> None:
        caller = api_client(admin_user)
        start = threading.Barrier(20)

        def send(_: int) -> Any:
            start.wait()
            try:
                return ApiCaller(**caller.headers).post("/api/act", {"name": "a"}, headers=KEY)
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(send, range(20)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert sum("Idempotent-Replayed" in answer for answer in answers) == 19
        assert len(probes.runs) == 1
        assert tasks(tenant) == 1

    def test_a_twin_waits_for_the_first(self, admin_user: User, tenant: Tenant) -> None:
        caller = api_client(admin_user)

        def send() -> Any:
            try:
                return ApiCaller(**caller.headers).post("/api/act", {"wait": True}, headers=KEY)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(send)
            eventually(lambda: len(probes.runs) == 1)
            second = pool.submit(send)
            eventually(somebody_waits_for_a_lock)
            probes.gate.set()
            assert first.result().content == second.result().content
        assert len(probes.runs) == 1
        assert tasks(tenant) == 1


KILLED = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "integrations_site.settings.test"
import django
django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.api.probes"
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from tests.api import probes
from tests.api.clients import ApiCaller
def die(how):
    print("in the middle", flush=True)
    sys.stdin.read()
probes.fail = die
ApiCaller(sys.argv[2]).post("/api/act", {"name": "a"}, headers={"Idempotency-Key": "order-4711"})
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_leaves_neither_key_nor_work(admin_user: User, tenant: Tenant) -> None:
    caller = api_client(admin_user)
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    arguments = [sys.executable, "-c", KILLED, connection.settings_dict["NAME"], token]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
        os.kill(process.pid, signal.SIGKILL)
    assert tasks(tenant) == 0
    answer = caller.post("/api/act", {"name": "a"}, headers=KEY)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer
    assert tasks(tenant) == 1
