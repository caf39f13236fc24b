"""Background work. Tasks may run twice or be killed anywhere; what must not be lost stands in PostgreSQL."""

from integrations_site.settings.components.database import REDIS_URL


def _broker(url: str) -> str:
    """kombu's form of a Redis URL; a Unix socket has a scheme of its own there."""
    if url.startswith("unix://"):
        path, _, _ = url.removeprefix("unix://").partition("?")
        return f"redis+socket://{path}?virtual_host=1"
    return url


CELERY_BROKER_URL = _broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 360,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
