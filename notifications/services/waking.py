"""Telling the workers that there is something to do, once the running transaction has committed.

A lost wake-up delays the work until the next sweep and loses nothing: what there is to do stands in the database.
"""

import logging

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

_logger = logging.getLogger(__name__)


def wake_after_commit(task: str) -> None:
    """Sends the task, which takes no arguments, after commit; once however often a transaction asks for it.

    A savepoint that is rolled back takes with it only what was asked for inside it.
    """
    wake = _WAKERS.setdefault(task, _Waker(task))
    if not any(function is wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(wake)


class _Waker:
    def __init__(self, task: str) -> None:
        self._task = task

    def __call__(self) -> None:
        try:
            current_app.send_task(self._task, retry=False)
        except OperationalError:
            _logger.warning("The task queue does not answer; %s waits for the next sweep", self._task, exc_info=True)


_WAKERS: dict[str, _Waker] = {}
