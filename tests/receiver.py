"""A real HTTP server on loopback that answers as a test wants and remembers what it was sent."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Receiver:
    """Answers each request with what `respond` makes of it."""

    def __init__(self, respond: Callable[[Received], Answer]) -> None:
        self.respond = respond
        self.requests: list[Received] = []
        self.connections = 0
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """From here on connections are TLS."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def wait_for(self, count: int, seconds: float = 20) -> list[Received]:
        """The first `count` requests, once they have come. Raises AssertionError where they do not."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.requests) >= count, seconds)
        assert came, f"{len(self.requests)} of {count} requests came within {seconds} s"
        return self.requests[:count]

    @contextmanager
    def running(self) -> Iterator["Receiver"]:
        """Serves inside the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _note(self, request: Received) -> None:
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are written one after the other

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Received(self.command, self.path, headers, body)
                receiver._note(request)
                answer = receiver.respond(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_DELETE = serve

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        return Handler


@contextmanager
def receiving(respond: Callable[[Received], Answer] = lambda _: Answer()) -> Iterator[Receiver]:
    """A running receiver; without `respond` it answers 204 to everything."""
    with Receiver(respond).running() as receiver:
        yield receiver
