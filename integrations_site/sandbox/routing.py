"""Which handler answers which path: `/<the vendor's host>/<its path>`."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integrations_site.sandbox.messages import Request, Response

Handler = Callable[[Request], Response]

_PLACEHOLDER = re.compile(r"\\{(\w+)\\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A path with `{name}` for a part that varies, and for each method the handler."""

    pattern: str
    handlers: dict[str, Handler]


def get(pattern: str, handler: Handler) -> Route:
    """A path to read."""
    return Route(pattern, {"GET": handler})


def post(pattern: str, handler: Handler) -> Route:
    """A path to post to."""
    return Route(pattern, {"POST": handler})


def either(pattern: str, handler: Handler) -> Route:
    """A path that takes GET and POST alike."""
    return Route(pattern, {"GET": handler, "POST": handler})


class Router:
    """Finds the handler of a request and fills in its `parameters`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, dict[str, Handler]] = defaultdict(dict)
        self._varying: list[tuple[re.Pattern[str], dict[str, Handler]]] = []
        for route in routes:
            if "{" in route.pattern:
                expression = _PLACEHOLDER.sub(r"(?P<\1>[^/]+)", re.escape(route.pattern))
                self._varying.append((re.compile(expression), route.handlers))
            else:
                self._exact[route.pattern].update(route.handlers)

    def find(self, request: Request) -> Handler | None:
        """The handler; None where there is no such path. A slash at the end does not count."""
        path = request.path.rstrip("/") or "/"
        if (handlers := self._exact.get(path)) and request.method in handlers:
            return handlers[request.method]
        for expression, varying in self._varying:
            if request.method in varying and (found := expression.fullmatch(path)):
                request.parameters = found.groupdict()
                return varying[request.method]
        return None
