"""The client behind the one HTTP door."""

import os
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import httpcore2
import httpx2
from django.conf import settings

from integrations_site.kernel.http.addresses import AddressPolicy, Resolver, Target, resolve
from integrations_site.kernel.http.errors import OutcomeUnknownError, ProviderUnavailableError, RequestRefusedError
from integrations_site.kernel.http.network import Exchange, GuardedBackend, exchange_of

USER_AGENT = "Integration-Hub/1"
_MAX_CONNECTIONS = 100
_MAX_IDLE_CONNECTIONS = 20
_IDLE_SECONDS = 30.0
# The door sets them itself; set by a caller they could make one request look like two.
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. `headers` have lower-case names; `body` ends at the size limit, and `truncated` says so."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncated: bool
    elapsed_ms: int


class HttpClient:
    """Sends requests to addresses that the policy permits, over connections that are kept for the next request.

    It may be used from many threads. `total_seconds` covers everything from the look-up of the name to the last byte of
    the answer, `connect_seconds` each attempt to connect, TLS included.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str] = (),
        connect_seconds: float = 5.0,
        total_seconds: float = 15.0,
        max_body_bytes: int = 1024 * 1024,
        resolver: Resolver = resolve,
        backend: httpcore2.NetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = AddressPolicy(allowed_hosts, resolver)
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._max_body_bytes = max_body_bytes
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context or httpx2.create_ssl_context(trust_env=False),
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedBackend(self._policy, backend or httpcore2.SyncBackend()),
        )

    def check(self, url: str) -> None:
        """Judges an address without calling it; the name service is asked.

        Raises AddressRefusedError, and ProviderUnavailableError where the host cannot be found.
        """
        self._policy.check(url, self._connect_seconds)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        total_seconds: float | None = None,
        max_body_bytes: int | None = None,
    ) -> Response:
        """The answer to one request, whatever its status; a redirect is an answer like any other.

        Raises RequestRefusedError (AddressRefusedError where it is the address), ProviderUnavailableError and
        OutcomeUnknownError; their messages name the host and nothing else of the request.
        """
        target = self._policy.target(url)
        seconds = total_seconds or self._total_seconds
        timeouts = {"connect": self._connect_seconds, "pool": seconds}
        request = _request(method, target, headers or {}, body, timeouts)
        limit = self._max_body_bytes if max_body_bytes is None else max_body_bytes
        with exchange_of(seconds) as exchange:
            try:
                return self._answer(request, limit)
            except httpcore2.LocalProtocolError:
                raise RequestRefusedError(f"The request to {target} is not valid HTTP") from None
            except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
                raise _failure(exchange, target, error) from None

    def close(self) -> None:
        """Closes the kept connections."""
        self._pool.close()

    def _answer(self, request: httpcore2.Request, limit: int) -> Response:
        started = time.monotonic()
        response = self._pool.handle_request(request)
        try:
            body = bytearray()
            for chunk in response.iter_stream():
                body += chunk
                if len(body) > limit:
                    break
        finally:
            response.close()
        return Response(
            status=response.status,
            headers=_joined(response.headers),
            body=bytes(body[:limit]),
            truncated=len(body) > limit,
            elapsed_ms=round((time.monotonic() - started) * 1000),
        )


def _request(
    method: str, target: Target, headers: Mapping[str, str], body: bytes, timeouts: Mapping[str, float]
) -> httpcore2.Request:
    if refused := _OWN_HEADERS.intersection(name.lower() for name in headers):
        raise RequestRefusedError(f"The header {min(refused)} cannot be set")
    own = {"host": _host_header(target), "user-agent": USER_AGENT, "accept-encoding": "identity"}
    if body or method in {"POST", "PUT", "PATCH"}:
        own["content-length"] = str(len(body))
    given = {name.lower(): value for name, value in headers.items()}
    try:
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in (own | given).items()]
    except UnicodeEncodeError:
        raise RequestRefusedError(f"A header of the request to {target} holds characters outside Latin-1") from None
    url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    return httpcore2.Request(method, url, headers=raw, content=body, extensions={"timeout": dict(timeouts)})


def _host_header(target: Target) -> str:
    return str(target).partition("://")[2]


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _failure(exchange: Exchange, target: Target, error: Exception) -> OutcomeUnknownError | ProviderUnavailableError:
    """What a failure means to the caller. What a peer sent is left out of the message: it may be anything."""
    if exchange.sent:
        why = "gave no complete answer in time" if isinstance(error, httpcore2.TimeoutException) else "broke off"
        return OutcomeUnknownError(f"{target} got the request, or part of it, and {why}")
    if isinstance(error, httpcore2.TimeoutException):
        return ProviderUnavailableError(f"{target} could not be reached in time")
    return ProviderUnavailableError(f"{target} could not be reached: {error}")


@lru_cache(maxsize=1)
def shared_client() -> HttpClient:
    """The process's client, with the hub's settings."""
    return HttpClient(
        allowed_hosts=settings.OUTGOING_ALLOWED_HOSTS,
        connect_seconds=settings.OUTGOING_CONNECT_SECONDS,
        total_seconds=settings.OUTGOING_TIMEOUT_SECONDS,
    )


# Two processes must not speak on one connection.
os.register_at_fork(after_in_child=shared_client.cache_clear)
