"""What an answer to a delivery means."""

import datetime as dt
from email.utils import format_datetime

import pytest

from notifications.models import Delivery
from notifications.services.delivery_rules import SCHEDULE, judge

NOW = dt.datetime(2026, 1, 25, 10, 0, tzinfo=dt.UTC)


def wait(attempt: int, status: int | None = 500, retry_after: str = "") -> float:
    verdict = judge(attempt=attempt, status=status, headers={"retry-after": retry_after}, now=NOW)
    assert verdict.status == Delivery.Status.PENDING
    assert verdict.next_attempt_at is not None
    return (verdict.next_attempt_at - NOW).total_seconds()


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    verdict = judge(attempt=1, status=status, headers={}, now=NOW)
    assert (verdict.status, verdict.next_attempt_at) == (Delivery.Status.DELIVERED, None)


@pytest.mark.parametrize("status", [None, 301, 302, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_tried_again(status: int | None) -> None:
    assert 4 <= wait(1, status) <= 6


def test_the_waits_are_those_of_the_schedule_with_jitter() -> None:
    assert SCHEDULE == (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
    for attempt, planned in enumerate(SCHEDULE[1:], start=1):
        waits = {wait(attempt) for _ in range(50)}
        assert all(0.9 * planned <= each <= 1.1 * planned for each in waits)
        assert len(waits) > 40


def test_after_the_last_attempt_it_is_given_up() -> None:
    assert judge(attempt=8, status=500, headers={}, now=NOW).status == Delivery.Status.FAILED


def test_gone_is_given_up_at_once() -> None:
    verdict = judge(attempt=1, status=410, headers={}, now=NOW)
    assert (verdict.status, verdict.is_gone) == (Delivery.Status.FAILED, True)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_patience(status: int) -> None:
    assert wait(1, status, "120") == 120
    assert wait(1, status, format_datetime(NOW + dt.timedelta(minutes=3), usegmt=True)) == 180
    assert wait(2, status, "1") >= 270, "it cannot hurry the hub"
    assert wait(1, status, "99999999") == 36000, "nor put it off for ever"


@pytest.mark.parametrize("value", ["soon", "-5", "1e400", "١٢", "9" * 400, "Mon, 99 Foo 2026 00:00:00 GMT", ""])
def test_what_is_no_retry_after_is_ignored(value: str) -> None:
    assert wait(1, 503, value) <= 36000
    if not value.isdigit() or not value.isascii():
        assert wait(1, 503, value) <= 6


def test_only_429_and_503_may_ask() -> None:
    assert wait(1, 500, "3600") <= 6
