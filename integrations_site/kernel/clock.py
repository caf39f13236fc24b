"""The time, in one place: UTC instants, and the form in which they leave the hub."""

import datetime as dt


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def iso(instant: dt.datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
