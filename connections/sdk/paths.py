"""Dotted paths into JSON: `data.items`, `errors.0.code`."""

from collections.abc import Callable
from typing import Any

Reader = Callable[[Any], Any]


def reader(path: str) -> Reader:
    """A function that gives what stands at the path, and None where nothing does."""
    if "." not in path and not path.isdigit():
        return lambda value: value.get(path) if type(value) is dict else None
    parts = path.split(".")

    def read(value: Any) -> Any:
        for part in parts:
            value = _child(value, part)
            if value is None:
                return None
        return value

    return read


def value_at(value: Any, path: str) -> Any:
    """What stands at the path; None where nothing does. The empty path is the value itself."""
    return reader(path)(value) if path else value


def _child(value: Any, part: str) -> Any:
    if type(value) is dict:
        return value.get(part)
    if type(value) is list and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return None
