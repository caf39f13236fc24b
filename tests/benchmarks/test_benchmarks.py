"""What the benchmarks say is what they saw: goals, ratios, and the load of their own client."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.benchmarks import load
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.report import Goal, Report, Row
from tests.benchmarks.sampling import Sample, interleave, ratio


class _Answer(socketserver.StreamRequestHandler):
    """Answers every request on the connection with what the server holds."""

    def handle(self) -> None:
        # The client leaves when its time is over, in the middle of an answer if need be.
        with suppress(ConnectionError):
            while self.rfile.readline():
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                self.wfile.write(self.server.answer)  # type: ignore[attr-defined]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    answer = b""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    """A web server that keeps connections alive; wrk is not there."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    with _Server(("127.0.0.1", 0), _Answer) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        made.shutdown()


def _load(server: _Server) -> load.Load:
    return load.load(f"http://127.0.0.1:{server.server_address[1]}/list?limit=5", seconds=0.2, headers={"X-One": "1"})


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
    ids=["length", "chunks"],
)
def test_the_own_client_counts_whole_answers(server: _Server, answer: bytes) -> None:
    server.answer = answer
    found = _load(server)
    assert found.per_second > 100
    assert 0 < found.p50 <= found.p99 < 200


def test_an_answer_that_is_no_200_is_an_error(server: _Server) -> None:
    server.answer = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(BenchmarkError, match="429"):
        _load(server)


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [
        (Goal(12, 35), 11.9, "no"),
        (Goal(12, 35), 12, "must"),
        (Goal(12, 35), 35, "stretch"),
        (Goal(100, at_most=True), 100.1, "no"),
        (Goal(100, at_most=True), 99, "yes"),
    ],
)
def test_a_goal_says_whether_it_is_reached(goal: Goal, value: float, reached: str) -> None:
    assert Row("what", "", "", value, "x", goal).reached == reached


def test_the_ratio_is_the_middle_of_the_rounds_ratios() -> None:
    found = interleave(3, {"ours": iter([10.0, 40.0, 6.0]).__next__, "other": iter([1.0, 2.0, 3.0]).__next__})
    ours, other = Sample.of(found["ours"]), Sample.of(found["other"])
    assert ratio(ours, other) == 10
    assert str(ours) == "10.0 [6.00-40.0]"


def test_the_table_has_a_line_for_each_comparison() -> None:
    report = Report(
        machine={}, rows=[Row("posting", "40/s", "2/s", 20, "x", Goal(12, 35)), Row("list", "1 ms", "", 1, " ms")]
    )
    *_, posting, listing = report.table().splitlines()
    assert posting.split() == ["posting", "40/s", "2/s", "20x", ">=", "12x", ">=", "35x", "must"]
    assert listing.split() == ["list", "1", "ms", "1", "ms"]
