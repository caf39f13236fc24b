"""Telling the workers that there is something to do, once the running transaction has committed.

A lost wake-up delays the work until the next sweep and loses nothing: what there is to do stands in the database.

Sending a task costs a busy process as much as what it has just done. So a task is sent once until a worker begins it: a
mark in Redis, which the worker takes away before it looks what there is to do, says that one is on its way.
"""

import logging
from contextlib import suppress

import redis
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from integrations_site.kernel import limits

# A task that was sent and never begun keeps no other from being sent for longer.
_MARK_MILLISECONDS = 5_000
_logger = logging.getLogger(__name__)


def wake_after_commit(task: str) -> None:
    """Sends the task, which takes no arguments, after commit; once however often a transaction asks for it.

    A savepoint that is rolled back takes with it only what was asked for inside it.
    """
    wake = _WAKERS.setdefault(task, _Waker(task))
    if not any(function is wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(wake)


def begin(task: str) -> None:
    """A worker begins the task: what happens from here on wakes another."""
    with suppress(redis.RedisError):
        limits.connection().delete(_mark(task))


def _mark(task: str) -> str:
    return f"hub:wake:{task}"


class _Waker:
    def __init__(self, task: str) -> None:
        self._task = task

    def __call__(self) -> None:
        try:
            if limits.connection().set(_mark(self._task), 1, nx=True, px=_MARK_MILLISECONDS):
                current_app.send_task(self._task, retry=False)
        except (OperationalError, redis.RedisError):
            _logger.warning("The task queue does not answer; %s waits for the next sweep", self._task, exc_info=True)


_WAKERS: dict[str, _Waker] = {}
