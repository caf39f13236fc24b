"""The id of the request or task that is being served; it goes into answers, logs and audit entries."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of what is being served, or an empty text."""
    return _request_id.get()


def enter(value: str) -> None:
    """Makes `value` hold until the context ends."""
    _request_id.set(value)
