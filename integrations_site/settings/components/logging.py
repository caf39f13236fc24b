"""Logs to standard error, without secrets: one JSON object a line, or plain text for a developer's screen."""

from typing import Any

from integrations_site.settings import environment as env

LOG_FORMATS = {"json", "plain"}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "integrations_site.operation.logs.JSONFormatter"},
        "plain": {"()": "integrations_site.operation.logs.PlainFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": env.choice("LOG_FORMAT", LOG_FORMATS, "json")}
    },
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", {"DEBUG", "INFO", "WARNING", "ERROR"}, "INFO")},
    "loggers": {
        # Servers and frameworks that would otherwise write in a form of their own.
        **{
            name: {"handlers": [], "level": "NOTSET", "propagate": True}
            for name in ("django", "django.server", "_granian", "celery", "celery.task", "celery.redirected")
        },
        # Refusals and missing pages stand in the hub's own lines.
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        # The hub writes a line of its own for each request.
        "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
