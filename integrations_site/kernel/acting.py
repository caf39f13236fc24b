"""Who makes the request that is being served, or started the task; for logs."""

from contextvars import ContextVar

_acting: ContextVar[str] = ContextVar("acting", default="")


def current() -> str:
    """The public id of who acts, or an empty text."""
    return _acting.get()


def enter(actor_id: str) -> None:
    """Makes `actor_id` hold until the context ends."""
    _acting.set(actor_id)
