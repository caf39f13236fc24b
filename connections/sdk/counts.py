"""Numbers of records and pages as vendors tell them: in JSON, or as text."""

from typing import Any

# More than there is of anything, and less than a bigint holds.
_MOST_DIGITS = 18


def count_in(value: Any) -> int | None:
    """The number; None for what is none, or is more than there can be of anything."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return int(value)
    return value if type(value) is int and 0 <= value < 10**_MOST_DIGITS else None
