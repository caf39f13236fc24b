"""Log lines that say which request, tenant, task and person they belong to, and that hold no secret.

The form is JSON, one object a line, or, on a developer's screen, plain text. Both pass through the same redaction,
tracebacks included.
"""

import datetime as dt
import json
import logging
import logging.config
import os
import re
from functools import lru_cache
from typing import Any

import orjson
from celery import current_task
from django.conf import settings

from integrations_site.kernel import acting, redaction, request_id
from integrations_site.tenancy import scope

_LONGEST = 32_000
_SHORTEST_KNOWN_SECRET = 8
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# What libraries attach for handlers of their own: a request object, Celery's arguments and context of a task.
_NO_EXTRAS = _STANDARD | {"request", "data", "server_time", "color_message", "sinfo"}
# Links that let their bearer in; a directory of the same name inside a longer path is none.
_LINK = re.compile(
    r"(?P<page>(?:https?://[^\s/]{1,255}|(?<![\w.-]))(?:/files/|/password/reset/(?!(?:sent|complete)\b)))[^\s\"'<>]+"
)
_LINK_PLACES = ("/files/", "/password/reset/")  # without one of them there is no link
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@lru_cache(maxsize=1)
def known_secrets() -> tuple[str, ...]:
    """The hub's own keys and passwords, which never appear in a log whatever is around them."""
    found = [
        settings.SECRET_KEY,
        settings.METRICS_TOKEN,
        settings.EMAIL_HOST_PASSWORD,
        settings.DATABASES["default"].get("PASSWORD"),
        settings.DATABASE_OWNER.get("PASSWORD"),
        *settings.ENCRYPTION_KEYS.values(),
    ]
    return tuple(secret for secret in found if secret and len(secret) >= _SHORTEST_KNOWN_SECRET)


def clean(text: str) -> str:
    """`text` without secrets, at a length that a log can bear."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    for secret in known_secrets():
        text = text.replace(secret, redaction.HIDDEN)
    if any(place in text for place in _LINK_PLACES):
        text = _LINK.sub(rf"\g<page>{redaction.HIDDEN}", text)
    return redaction.redact(text)


def context() -> dict[str, str]:
    """The ids of what is being served; those that are empty are left out."""
    tenant_id = scope.current().tenant_id
    found = {
        "request_id": request_id.current(),
        "tenant_id": str(tenant_id) if tenant_id else "",
        "task_id": str(current_task.request.id or "") if current_task else "",
        "user": acting.current(),
    }
    return {name: value for name, value in found.items() if value}


class _CleanFormatter(logging.Formatter):
    """What both forms have in common: the message, the traceback and the extras of a record, without secrets."""

    def _message(self, record: logging.LogRecord) -> str:
        return clean(record.getMessage())

    def _traceback(self, record: logging.LogRecord) -> str:
        if not (record.exc_info or record.stack_info):
            return ""
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return clean("\n".join(parts))

    def _extras(self, record: logging.LogRecord) -> dict[str, Any]:
        extras = {key: value for key, value in vars(record).items() if key not in _NO_EXTRAS}
        found: dict[str, Any] = redaction.redact_value(extras, clean)
        return found


class JSONFormatter(_CleanFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "timestamp": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
            **context(),
        }
        line.update((key, value) for key, value in self._extras(record).items() if key not in line)
        if traceback := self._traceback(record):
            line["exception"] = traceback
        return _json(line)


def _json(line: dict[str, Any]) -> str:
    try:
        return orjson.dumps(line).decode()
    except orjson.JSONEncodeError:  # what only Python knows: half of a character, a number of more than 64 bits
        return json.dumps(line, ensure_ascii=False)


class PlainFormatter(_CleanFormatter):
    """A line for a person: time, level, logger and message, then what it belongs to; a traceback below, indented.

    Control characters are escaped, so that no text can pass for a line of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = dt.datetime.fromtimestamp(record.created, dt.UTC).strftime("%H:%M:%S")
        facts = " ".join(f"{key}={value}" for key, value in {**context(), **self._extras(record)}.items())
        first = f"{time} {record.levelname:<7} {record.name}: {self._message(record)}"
        traceback = [f"    {_visible(line)}" for line in self._traceback(record).splitlines()]
        return "\n".join([_visible(f"{first}  [{facts}]" if facts else first), *traceback])


def _visible(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def chosen_formatter() -> logging.Formatter:
    """The form that LOG_FORMAT says, for a server that logs before it loads the hub (`granian_logs.json`)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_site.settings.local")
    forms: dict[str, type[logging.Formatter]] = {"json": JSONFormatter, "plain": PlainFormatter}
    return forms[settings.LOGGING["handlers"]["console"]["formatter"]]()


def configure(**_: Any) -> None:
    """Makes Celery log as the rest of the hub does (a receiver of its `setup_logging`)."""
    logging.config.dictConfig(settings.LOGGING)
