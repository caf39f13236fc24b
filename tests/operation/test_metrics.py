"""Prometheus' figures: closed to strangers, true, and the same from every worker."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from integrations_site.operation.metrics import exposition
from integrations_site.operation.metrics.figures import HubCollector
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant
from ledger.models import System
from ledger.services.postings import post_ap
from ledger.services.rollbacks import roll_back
from tests.factories import make_approved_case
from tests.factories.ledger import CHIEF

TOKEN = "a-long-token-for-metrics-0123456789"


def _figures(text: str) -> dict[str, float]:
    """Each series by its name and labels, as in `hub_cases{status=draft}`."""
    return {
        f"{sample.name}{{{','.join(f'{key}={value}' for key, value in sorted(sample.labels.items()))}}}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures of an earlier scrape."""
    for collector in list(exposition._hub._collector_to_names):
        assert isinstance(collector, HubCollector)
        monkeypatch.setattr(collector, "_found_at", float("-inf"))


@pytest.mark.django_db
def test_only_who_has_the_token_gets_them(settings: Settings, fresh: None) -> None:
    settings.METRICS_TOKEN = TOKEN
    refused = [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \u00e9"]
    for header in refused:
        answer = Client().get("/metrics", headers={"Authorization": header} if header else {})
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert b"hub_" not in answer.content
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3"})
    assert answer.status_code == 200
    assert "hub_database_up" in answer.content.decode()


@pytest.mark.django_db
def test_without_a_token_only_the_machine_itself_gets_them(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    for address in ("10.0.0.1", "", "203.0.113.9"):
        assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 401


@pytest.mark.django_db
def test_the_figures_are_those_of_the_database(tenant: Tenant, rival: Tenant, fresh: None) -> None:
    for owner in (tenant, rival):
        with scope.tenant_scope(owner.id):
            case = make_approved_case()
            post_ap(case_id=case.id, actor=CHIEF)
            roll_back(case_id=case.id, systems=[System.AP], actor=CHIEF)
            post_ap(case_id=case.id, actor=CHIEF)
            FailedTask.objects.create(name="x", error="e")
    figures = _figures(exposition.text().decode())
    assert figures["hub_database_up{}"] == 1
    assert figures["hub_database_connections{}"] >= 1
    assert figures["hub_database_bytes{}"] > 1_000_000
    assert figures["hub_postings{outcome=posted,system=ap}"] == 2
    assert figures["hub_postings{outcome=reversed,system=ap}"] == 2
    assert figures["hub_cases{status=approved}"] + figures.get("hub_cases{status=integrated}", 0) == 2
    assert figures["hub_failed_tasks{}"] == 2
    assert figures["hub_outbox_pending{}"] >= 4
    assert figures["hub_outbox_oldest_seconds{}"] > 0
    assert figures["hub_outbox_given_up{}"] == 0
    assert figures["hub_deliveries_pending{}"] == 0


@pytest.mark.django_db
def test_a_posting_that_was_refused_is_counted(tenant: Tenant, fresh: None) -> None:
    with scope.tenant_scope(tenant.id):
        first = make_approved_case()
        post_ap(case_id=first.id, actor=CHIEF)
        twin = make_approved_case(first.vendor, invoice_number=first.invoice_number)
        with pytest.raises(Exception, match="posted already"):
            post_ap(case_id=twin.id, actor=CHIEF)
    assert _figures(exposition.text().decode())["hub_postings{outcome=failed,system=ap}"] == 1


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_path(fresh: None) -> None:
    before = _figures(exposition.text().decode())
    Client().get("/login")
    for number in range(3):
        Client().get(f"/nope/{number}")
    Client().generic("BREW", "/login")
    after = _figures(exposition.text().decode())
    for series, count in {
        "hub_http_requests_total{method=GET,status=200,view=login}": 1,
        "hub_http_requests_total{method=GET,status=404,view=unmatched}": 3,
        "hub_http_requests_total{method=OTHER,status=405,view=login}": 1,
        "hub_http_request_seconds_count{method=GET,view=login}": 1,
    }.items():
        assert after[series] - before.get(series, 0) == count
    assert not any("nope" in series for series in after)


_WORKER = """
import sys
from pathlib import Path
from integrations_site.operation.metrics import workers
workers.share_figures(Path(sys.argv[1]))
from integrations_site.operation.metrics import requests
for _ in range(int(sys.argv[2])):
    requests.count(view="v", method="GET", status=200, seconds=0.1)
from prometheus_client import generate_latest
print(generate_latest(requests.registry()).decode())
"""


def _work(directory: Path, count: int) -> dict[str, float]:
    """The figures that a worker tells after it has counted."""
    done = subprocess.run(
        [sys.executable, "-c", _WORKER, str(directory), str(count)], capture_output=True, text=True, check=True
    )
    return _figures(done.stdout)


def test_workers_of_one_server_count_together(tmp_path: Path) -> None:
    series = "hub_http_requests_total{method=GET,status=200,view=v}"
    assert _work(tmp_path, 2)[series] == 2
    assert _work(tmp_path, 3)[series] == 5, "a worker that has ended still counts"
    assert [path.name for path in tmp_path.iterdir()] == [str(os.getpid())]


def test_the_figures_of_a_server_that_is_gone_are_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / str(ended.pid)).mkdir()
    (tmp_path / "notes").mkdir()
    _work(tmp_path, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"notes", str(os.getpid())}
