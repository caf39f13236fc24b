"""Connections that go to a judged address and keep to a deadline."""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore2

from integrations_site.kernel.http.addresses import AddressPolicy
from integrations_site.kernel.http.errors import ProviderUnavailableError


@dataclass(slots=True)
class Exchange:
    """One request and its answer: until when it may take, and whether any of it went out."""

    deadline: float
    sent: bool = False

    def remaining(self, limit: float | None) -> float:
        """Seconds that an operation may take. Raises httpcore2.ReadTimeout where the time is up."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if limit is None else min(limit, left)


# A connection serves one exchange after another, each on the thread that asked for it.
_running: ContextVar[Exchange] = ContextVar("http_exchange")


@contextmanager
def exchange_of(seconds: float) -> Iterator[Exchange]:
    """Inside the block the connections of this thread work for a new exchange."""
    exchange = Exchange(time.monotonic() + seconds)
    token = _running.set(exchange)
    try:
        yield exchange
    finally:
        _running.reset(token)


class _DeadlineStream(httpcore2.NetworkStream):
    """A connection whose every operation counts against the running exchange's deadline.

    A time limit on single reads would let a peer that sends a byte a second hold on for ever.
    """

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _running.get().remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = _running.get()
        limit = exchange.remaining(timeout)
        exchange.sent = True
        self._inner.write(buffer, limit)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        limit = _running.get().remaining(timeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Resolves a name once, has its addresses judged, and connects to one of those and to no other."""

    def __init__(self, policy: AddressPolicy, inner: httpcore2.NetworkBackend) -> None:
        self._policy = policy
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Tries the permitted addresses in the resolver's order; the last one's failure is the one that is told."""
        exchange = _running.get()
        failure: Exception = ProviderUnavailableError(f"The host {host} has no address")
        for address in self._policy.addresses(host, port, exchange.remaining(timeout)):
            limit = exchange.remaining(timeout)
            try:
                return _DeadlineStream(self._inner.connect_tcp(address, port, limit, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure
