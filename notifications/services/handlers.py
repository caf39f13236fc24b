"""Who in the hub acts on events."""

from collections.abc import Callable

from notifications.sdk.events import EventData

Handler = Callable[[EventData], None]
_handlers: dict[str, list[Handler]] = {}


def on(pattern: str) -> Callable[[Handler], Handler]:
    """Registers a handler of the events of one type (`case.approved`) or of all types that begin alike (`case.*`).

    A handler runs in the tenant's scope, outside any transaction, after the event's own transaction committed. It runs
    at least once, and again where it, a later handler of the event or its process fails: it must be idempotent. It
    should end within a minute. Later events of the same subject wait until all handlers of this one have succeeded.
    """

    def register(handler: Handler) -> Handler:
        _handlers.setdefault(pattern, []).append(handler)
        return handler

    return register


def handlers_of(event_type: str) -> list[Handler]:
    """The handlers of a type of event, in the order in which they were registered for each pattern."""
    return [
        handler
        for pattern, handlers in _handlers.items()
        for handler in handlers
        if pattern == event_type or (pattern.endswith("*") and event_type.startswith(pattern[:-1]))
    ]
