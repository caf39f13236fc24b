"""A small load client: connections that are kept alive, each with one request under way, in one process."""

import re
import selectors
import socket
import time
from collections.abc import Mapping
from types import TracebackType

from tests.benchmarks.errors import BenchmarkError

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
# No answer here has line ends of this kind in it.
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_SILENCE_SECONDS = 10.0


class _Connection:
    """One connection: when its request was sent, and what has come of the answer."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._received = bytearray()
        self._sent_at = 0.0

    def send(self) -> None:
        """Sends the request."""
        self._received.clear()
        self._sent_at = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Reads what is there: the seconds that the answer took once it is complete. Raises BenchmarkError."""
        chunk = self.socket.recv(256 * 1024)
        self._received += chunk
        if not chunk:
            raise BenchmarkError("The server closed a connection that it should keep alive")
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._received[: end + 2])
        if not head.startswith(b"HTTP/1.1 200"):
            raise BenchmarkError(f"The server answered {head.splitlines()[0].decode(errors='replace')}")
        return time.perf_counter() - self._sent_at if self._is_whole(head, end + 4) else None

    def _is_whole(self, head: bytes, body: int) -> bool:
        if length := _LENGTH.search(head):
            return len(self._received) >= body + int(length[1])
        if _CHUNKED.search(head):
            return self._received.endswith(_LAST_CHUNK)
        raise BenchmarkError("The server does not say how long its answer is")


class KeepAliveClients:
    """Requests the same path on several connections, which close at the end of the block."""

    def __init__(self, address: tuple[str, int], path: str, headers: Mapping[str, str], *, connections: int) -> None:
        lines = [f"GET {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode()
        self._selector = selectors.DefaultSelector()
        for _ in range(connections):
            connection = _Connection(address, request)
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def __enter__(self) -> "KeepAliveClients":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()

    def run(self, seconds: float) -> list[float]:
        """The seconds that each answer took which came in time. Raises BenchmarkError where the server falls silent."""
        for key in self._selector.get_map().values():
            key.data.send()
        latencies: list[float] = []
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            ready = self._selector.select(timeout=_SILENCE_SECONDS)
            if not ready:
                raise BenchmarkError(f"The server said nothing for {_SILENCE_SECONDS:g} s")
            for key, _ in ready:
                latency = key.data.receive()
                if latency is not None:
                    latencies.append(latency)
                    key.data.send()
        return latencies
