"""The time, in one place: UTC instants, and the form in which they leave the hub."""

import datetime as dt


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def iso(instant: dt.datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    naive = instant.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='seconds')}Z"
