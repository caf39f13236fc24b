"""The HTTP door against real servers on loopback."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpcore2
import pytest

from integrations_site.kernel.http import (
    AddressRefusedError,
    HttpClient,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRefusedError,
    shared_client,
)
from tests.certificates import self_signed
from tests.receiver import Answer, Receiver, receiving

PUBLIC = "93.184.216.34"


class Detour(httpcore2.NetworkBackend):
    """Notes where a connection wants to go, and leads it to a local port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.wanted: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.wanted.append((host, port))
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self._port, timeout)


@contextmanager
def raw_server(talk: bytes, *, pause: float = 0.0) -> Iterator[int]:
    """The port of a server that answers every connection with these bytes, one at a time with pauses where asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            for byte in talk if pause else []:
                if over.wait(pause):
                    return
                peer.sendall(bytes([byte]))
            peer.sendall(b"" if pause else talk)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join(5)
        listener.close()


def test_request_and_answer_arrive_whole() -> None:
    with receiving(lambda got: Answer(201, b"made " + got.body, {"X-Kind": "a", "Set-Cookie": "b"})) as receiver:
        client = HttpClient(allowed_hosts=["127.0.0.1"])
        response = client.send("POST", f"{receiver.url}/hook?x=1", headers={"X-Thing": "t"}, body=b"body")
        client.close()
    [got] = receiver.requests
    assert (got.method, got.path, got.body) == ("POST", "/hook?x=1", b"body")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["x-thing"] == "t"
    assert got.headers["user-agent"].startswith("Integration-Hub/")
    assert (response.status, response.body, response.headers["x-kind"]) == (201, b"made body", "a")
    assert not response.truncated
    assert "body" not in repr(response)


def test_connections_are_kept_and_used_again() -> None:
    with receiving() as receiver:
        client = HttpClient(allowed_hosts=["127.0.0.1"])
        for _ in range(5):
            client.send("POST", receiver.url, body=b"x")
        client.close()
    assert receiver.connections == 1


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    target = "http://169.254.169.254/latest/meta-data"
    with receiving(lambda _: Answer(302, b"", {"Location": target})) as receiver:
        client = HttpClient(allowed_hosts=["127.0.0.1"])
        response = client.send("GET", receiver.url)
        client.close()
    assert (response.status, response.headers["location"]) == (302, target)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/"]
)
def test_nothing_is_sent_to_a_private_address(url: str) -> None:
    detour = Detour(1)
    with pytest.raises(AddressRefusedError):
        HttpClient(backend=detour).send("GET", url)
    assert detour.wanted == []


def test_a_name_that_changes_its_address_after_the_check_is_not_followed(tmp_path: Path) -> None:
    """DNS rebinding: the connection goes to the address that was judged; the name stays in SNI and Host."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    def resolver(host: str, port: int, seconds: float) -> list[str]:
        return next(answers)

    certificate = self_signed("hook.example.com", tmp_path)
    named: list[str] = []
    with Receiver(lambda _: Answer(200, b"ok")).running() as receiver:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(certificate.chain, certificate.key)
        server.sni_callback = lambda _socket, name, _context: named.append(str(name))
        receiver.speak_tls(server)
        detour = Detour(receiver.port)
        trust = ssl.create_default_context(cafile=str(certificate.chain))
        client = HttpClient(resolver=resolver, backend=detour, ssl_context=trust)
        assert client.send("GET", "https://hook.example.com/x").body == b"ok"
        client.close()
        assert detour.wanted == [(PUBLIC, 443)]
        assert named == ["hook.example.com"]
        assert receiver.requests[0].headers["host"] == "hook.example.com"
        # The next connection asks again, and is told the private address.
        with pytest.raises(AddressRefusedError, match="loopback"):
            client.send("GET", "https://hook.example.com/x")
    assert detour.wanted == [(PUBLIC, 443)]


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    certificate = self_signed("hook.example.com", tmp_path)
    with Receiver(lambda _: Answer(200)).running() as receiver:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(certificate.chain, certificate.key)
        receiver.speak_tls(server)
        client = HttpClient(resolver=lambda *_: [PUBLIC], backend=Detour(receiver.port))
        with pytest.raises(ProviderUnavailableError, match="certificate verify failed"):
            client.send("GET", "https://hook.example.com/secret-path")
    assert receiver.requests == []


def test_an_answer_of_any_size_is_cut_at_the_limit() -> None:
    with receiving(lambda _: Answer(200, b"x" * 5_000_000)) as receiver:
        client = HttpClient(allowed_hosts=["127.0.0.1"], max_body_bytes=1000)
        response = client.send("GET", receiver.url)
        client.close()
    assert (len(response.body), response.truncated) == (1000, True)


@pytest.mark.parametrize(
    "talk", [b"HTTP/1.1 200 OK\r\n" + b"X-Long: 1\r\n" * 50, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 900]
)
def test_a_peer_that_drips_its_answer_is_left_at_the_deadline(talk: bytes) -> None:
    with raw_server(talk, pause=0.02) as port:
        client = HttpClient(allowed_hosts=["127.0.0.1"], total_seconds=0.4)
        started = time.monotonic()
        with pytest.raises(OutcomeUnknownError, match="in time"):
            client.send("POST", f"http://127.0.0.1:{port}/", body=b"x")
        assert time.monotonic() - started < 5
        client.close()


@pytest.mark.parametrize("talk", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_a_request_without_a_whole_answer_has_an_unknown_outcome(talk: bytes) -> None:
    with raw_server(talk) as port:
        client = HttpClient(allowed_hosts=["127.0.0.1"], total_seconds=5)
        with pytest.raises(OutcomeUnknownError) as caught:
            client.send("POST", f"http://127.0.0.1:{port}/token-in-path?key=secret", body=b"x")
        client.close()
    assert "secret" not in caught.value.message
    assert "token-in-path" not in caught.value.message


def test_a_port_where_nobody_listens_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ProviderUnavailableError, match="could not be reached"):
        HttpClient(allowed_hosts=["127.0.0.1"]).send("POST", f"http://127.0.0.1:{port}/", body=b"x")


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with receiving() as receiver:
        client = HttpClient(allowed_hosts=["two.test"], resolver=lambda *_: ["::1", "127.0.0.1"])
        assert client.send("GET", f"http://two.test:{receiver.port}/").status == 204
        client.close()


def test_a_slow_name_service_counts_against_the_time() -> None:
    over = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        over.wait(10)
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", slow)
        started = time.monotonic()
        with pytest.raises(ProviderUnavailableError, match="not resolved in time"):
            HttpClient(connect_seconds=0.2).send("GET", "https://hook.example.com/")
        assert time.monotonic() - started < 5
        over.set()


@pytest.mark.parametrize(
    "headers",
    [{"Host": "inside"}, {"Transfer-Encoding": "chunked"}, {"X-A": "b\r\nX-C: d"}, {"X-A": "☃"}, {"X A": "b"}],
)
def test_headers_that_would_change_the_request_are_refused(headers: dict[str, str]) -> None:
    with receiving() as receiver:
        client = HttpClient(allowed_hosts=["127.0.0.1"])
        with pytest.raises(RequestRefusedError):
            client.send("GET", receiver.url, headers=headers)
        client.close()
    assert receiver.requests == []


def test_a_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with receiving() as receiver:
        client = HttpClient(allowed_hosts=["127.0.0.1"])
        assert client.send("GET", receiver.url).status == 204
        client.close()


def test_a_forked_process_has_its_own_connections() -> None:
    before = shared_client()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"other" if shared_client() is not before else b"same")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"other"
    assert shared_client() is before
