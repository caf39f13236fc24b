"""Figures of the whole hub, read from the database when they are asked for: the same from every worker.

Postings and failures are counted over the last day: ids are ordered by time, so the count reads that day's rows only,
however large the tables are.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.db import DatabaseError, connection, transaction
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from connections.services import call_figures as vendor_calls
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask
from ledger.services import figures as ledger
from notifications.services import backlog

_logger = logging.getLogger(__name__)
_SECONDS_VALID = 10.0
_STATEMENT_TIMEOUT = "3s"
_DAY = dt.timedelta(days=1)
_DATABASE = """
    SELECT numbackends, xact_commit, xact_rollback, deadlocks, pg_database_size(datname)
    FROM pg_stat_database WHERE datname = current_database()
"""


class HubCollector(Collector):
    """Reads the figures, at most once in ten seconds; where the database does not answer, says just that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[Metric] = []
        self._found_at = float("-inf")

    def describe(self) -> list[Metric]:
        """Nothing in advance: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._found_at > _SECONDS_VALID:
                self._found = list(_read())
                self._found_at = time.monotonic()
            yield from self._found
        yield from _vendor_calls()


def _read() -> list[Metric]:
    try:
        with _bounded():
            found = [*_database(), *_backlogs(), *_ledger(clock.now() - _DAY)]
    except DatabaseError:
        _logger.exception("The hub's figures cannot be read from the database")
        found = []
    up = GaugeMetricFamily(
        "hub_database_up", "Whether the figures could be read from the database.", float(bool(found))
    )
    return [up, *found]


def _vendor_calls() -> list[Metric]:
    try:
        return list(vendor_calls.metrics())
    except redis.RedisError:
        _logger.exception("The figures of calls to third parties cannot be read from Redis")
        return []


@contextmanager
def _bounded() -> Iterator[None]:
    with scope.all_tenants(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", (_STATEMENT_TIMEOUT,))
        yield


def _database() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        connections, commits, rollbacks, deadlocks, size = cursor.fetchone() or (0, 0, 0, 0, 0)
    yield GaugeMetricFamily("hub_database_connections", "Connections to the hub's database.", connections)
    transactions = CounterMetricFamily("hub_database_transactions", "Transactions of the database.", labels=["end"])
    transactions.add_metric(["commit"], commits)
    transactions.add_metric(["rollback"], rollbacks)
    yield transactions
    yield CounterMetricFamily("hub_database_deadlocks", "Deadlocks of the database.", deadlocks)
    yield GaugeMetricFamily("hub_database_bytes", "Size of the database.", size)


def _backlogs() -> Iterator[Metric]:
    since = clock.now() - _DAY
    for name, what, found in (
        ("outbox", "Events of the outbox", backlog.outbox(since=since)),
        ("deliveries", "Webhook deliveries", backlog.deliveries(since=since)),
    ):
        yield GaugeMetricFamily(f"hub_{name}_pending", f"{what} that wait.", found.pending)
        yield GaugeMetricFamily(
            f"hub_{name}_oldest_seconds", f"{what}: how long the oldest waits.", found.oldest_seconds
        )
        yield GaugeMetricFamily(f"hub_{name}_given_up", f"{what} of the last day that were given up.", found.given_up)
    failed = FailedTask.objects.filter(retried_at=None).count()
    yield GaugeMetricFamily("hub_failed_tasks", "Background tasks that gave up and were not run again.", failed)


def _ledger(since: dt.datetime) -> Iterator[Metric]:
    cases = GaugeMetricFamily("hub_cases", "Cases by status.", labels=["status"])
    for status, total in ledger.count_cases().items():
        cases.add_metric([status], total)
    yield cases
    postings = GaugeMetricFamily(
        "hub_postings", "Postings of the last day by system and outcome.", labels=["system", "outcome"]
    )
    for (system, status), count in ledger.count_postings(since=since).items():
        postings.add_metric([system, status], count)
    for system, count in backlog.count_by_payload(type="integration.failed", key="system", since=since).items():
        postings.add_metric([system, "failed"], count)
    yield postings
