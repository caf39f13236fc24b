"""Background work. Tasks may run twice or be killed anywhere; what must not be lost stands in PostgreSQL."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery.schedules import crontab

from integrations_site.settings import environment as env
from integrations_site.settings.components.database import REDIS_URL


def _broker(url: str) -> str:
    """kombu's form of a Redis URL; a Unix socket has a scheme of its own there."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    [number] = parse_qs(parts.query).get("db", ["0"])
    return f"redis+socket://{parts.path}?virtual_host={number}"


CELERY_BROKER_URL = env.text("CELERY_BROKER_URL") or _broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# At the soft limit a task gets an exception and can be recorded as failed; at the other its process is killed.
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# What a killed worker held is delivered again after the visibility timeout, which must exceed the time limit of a task
# and the longest countdown. The other limits keep a Redis that is down or hangs from holding a request that only wants
# to wake a worker; workers themselves reconnect for as long as it takes.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 360,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# What commits wakes a worker at once; the sweeps take up what was left. One that no worker took in time is not worth
# keeping: the next does the same.
_SWEEP: dict[str, Any] = {"schedule": dt.timedelta(seconds=5), "options": {"expire_seconds": 10}}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "outbox": {"task": "notifications.handle_events", **_SWEEP},
    "webhooks": {"task": "notifications.deliver_webhooks", **_SWEEP},
    "interrupted syncs": {
        "task": "connections.resume_syncs",
        "schedule": dt.timedelta(seconds=20),
        "options": {"expire_seconds": 30},
    },
    "due syncs": {
        "task": "connections.begin_due_syncs",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
    "vendors' webhooks": {"task": "connections.handle_webhooks", **_SWEEP},
    "handled vendors' webhooks": {"task": "connections.forget_webhooks", "schedule": crontab(hour="2", minute="25")},
    "secrets to be placed": {
        "task": "connections.place_secrets",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
    "consents that nobody confirmed": {
        "task": "connections.drop_held_consents",
        "schedule": dt.timedelta(minutes=5),
        "options": {"expire_seconds": 300},
    },
    "removed connections": {
        "task": "connections.purge_removed",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
    "old syncs and consents": {"task": "connections.forget", "schedule": crontab(hour="2", minute="30")},
    "idempotency keys": {"task": "api.purge_idempotency_keys", "schedule": crontab(hour="2", minute="10")},
    "deliveries and events": {"task": "notifications.forget", "schedule": crontab(hour="2", minute="20")},
    "failed tasks": {"task": "tenancy.forget_settled_failures", "schedule": crontab(hour="3", minute="20")},
    "expired files": {"task": "files.purge", "schedule": crontab(minute="20")},
    "ended sessions": {"task": "web.forget_ended_sessions", "schedule": crontab(hour="3", minute="10")},
    "orphaned files": {"task": "files.sweep", "schedule": crontab(hour="2", minute="40")},
}
