"""The settings of a connection that document 002 states: how often it is synced, and whom a webhook tells."""

from collections.abc import Mapping
from typing import Any

from celery.schedules import ParseException, crontab
from django.conf import settings

from integrations_site.kernel import clock
from integrations_site.kernel.errors import InvalidInputError
from integrations_site.kernel.http import AddressRefusedError
from integrations_site.kernel.http.addresses import AddressPolicy

FREQUENCIES = ("manual", "hourly", "daily", "weekly")
_CRON_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_LONGEST_CRON, _LONGEST_URL = 100, 2000


def merged_settings(present: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with what `changes` names; null takes one away. Raises InvalidInputError for what is none."""
    problems: dict[str, list[str]] = {}
    for name, value in changes.items():
        problem = _PROBLEMS[name](value) if name in _PROBLEMS else f"There is no such setting; there are {_KNOWN}."
        if problem and not (name in _PROBLEMS and value is None):
            problems[f"settings.{name}"] = [problem]
    if problems:
        field, (message,) = next(iter(problems.items()))
        raise InvalidInputError(f"{field}: {message}".removesuffix("."), details={"fields": problems})
    return {name: value for name, value in {**present, **changes}.items() if value is not None}


def require_frequency(given: Mapping[str, Any]) -> None:
    """Of settings that are free otherwise: `syncFrequency` is one, where it is among them. Raises InvalidInputError."""
    if problem := _problem_of_frequency(given["syncFrequency"]) if "syncFrequency" in given else "":
        message = f"settings.syncFrequency: {problem}".removesuffix(".")
        raise InvalidInputError(message, details={"fields": {"settings.syncFrequency": [problem]}})


def _problem_of_frequency(value: Any) -> str:
    """Why it is no frequency; nothing where it is one."""
    if isinstance(value, dict) and set(value) == {"cron"}:
        return _problem_of_cron(value["cron"])
    if isinstance(value, str) and value in FREQUENCIES:
        return ""
    return f'One of {", ".join(FREQUENCIES)} is expected, or an object such as {{"cron": "0 6 * * 1-5"}} (in UTC).'


def _problem_of_cron(text: Any) -> str:
    parts = text.split() if isinstance(text, str) and len(text) <= _LONGEST_CRON else []
    if len(parts) != len(_CRON_FIELDS):
        return "Five fields are expected: minute, hour, day of the month, month, day of the week."
    try:
        crontab(**dict(zip(_CRON_FIELDS, parts, strict=True))).remaining_estimate(clock.now())
    except (ParseException, ValueError, RuntimeError) as error:
        return f"This is no such expression: {error}."
    return ""


def _problem_of_address(value: Any) -> str:
    """Why the hub does not call this address, as far as can be seen without asking the name service."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        return f"An address of at most {_LONGEST_URL} characters is expected."
    try:
        AddressPolicy(settings.OUTGOING_ALLOWED_HOSTS).target(value)
    except AddressRefusedError as error:
        return f"{error.message}."
    return ""


_PROBLEMS = {"syncFrequency": _problem_of_frequency, "webhookUrl": _problem_of_address}
_KNOWN = ", ".join(_PROBLEMS)
# What the hub itself reads of settings; all others are connectors' and definitions'.
OF_THE_HUB = frozenset(_PROBLEMS)
