"""The supervisor with small programs in the hub's place. Each runs in a process of its own, for the sake of signals."""

import io
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from integrations_site.embedded.output import Printer
from integrations_site.embedded.places import PROJECT_ROOT
from integrations_site.embedded.supervisor import describe

from .clones import eventually, pids_of

SUPERVISE = """
import json, sys
from integrations_site.embedded.supervisor import Program, Supervisor
programs = [Program(name, command) for name, command in json.loads(sys.argv[1]).items()]
sys.exit(Supervisor(programs, grace=float(sys.argv[2])).run())
"""
# The tag stands in every command line, so that whoever is left over can be found.
WAITS = "import time; print('at work', flush=True); time.sleep(600)"
FAILS = "import time; print('at work', flush=True); time.sleep(0.2); raise SystemExit(3)"
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print('at work', flush=True)
time.sleep(600)
"""
PARENT_OF_ORPHANS = "import os, time; pid = os.fork(); time.sleep(0.2 if pid else 600)"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def tag() -> str:
    return f"tag-{uuid.uuid4().hex}"


@pytest.fixture
def start(tag: str) -> Iterator[Start]:
    """Starts a supervisor of the programs that are given as Python text."""
    started: list[subprocess.Popen[str]] = []

    def start(*, grace: float = 20.0, **programs: str) -> subprocess.Popen[str]:
        commands = {name: [sys.executable, "-S", "-c", text, tag] for name, text in programs.items()}
        command = [sys.executable, "-c", SUPERVISE, json.dumps(commands), str(grace)]
        process = subprocess.Popen(
            command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    for pid in pids_of(tag):
        with suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(pid, signal.SIGKILL)


def read_until_all_work(process: subprocess.Popen[str], programs: int) -> str:
    """The output up to where so many lines have said that their program is at work."""
    assert process.stdout
    text = ""
    while text.count("at work") < programs:
        line = process.stdout.readline()
        assert line, f"the supervisor has ended:\n{text}"
        text += line
    return text


def test_every_line_bears_its_programs_name(start: Start) -> None:
    process = start(web=WAITS, worker=WAITS)

    lines = read_until_all_work(process, 2).splitlines()

    assert sorted(lines) == ["web    | at work", "worker | at work"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_all(start: Start, tag: str, number: signal.Signals) -> None:
    process = start(web=WAITS, worker=WAITS)
    read_until_all_work(process, 2)

    process.send_signal(number)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert f"{number.name} received" in output
    assert pids_of(tag) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FAILS, "worker ended with exit code 3"),
        ("", "worker ended with exit code 0"),
        (KILLED, "worker was killed by SIGKILL (exit code 137)"),
    ],
)
def test_a_program_that_ends_is_named_and_ends_all(start: Start, tag: str, text: str, words: str) -> None:
    process = start(web=WAITS, worker=text)

    output, _ = process.communicate(timeout=30)

    assert process.returncode == 1
    assert words in output
    assert pids_of(tag) == []


def test_a_program_that_cannot_be_run_is_named(tag: str) -> None:
    command = [sys.executable, "-c", SUPERVISE, json.dumps({"web": ["/no/such/program", tag]}), "5"]

    process = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=30, check=False)

    assert process.returncode == 1
    assert "cannot run /no/such/program" in process.stdout
    assert "web ended with exit code 127" in process.stdout


def test_who_ignores_the_request_is_killed_with_its_children(start: Start, tag: str) -> None:
    process = start(grace=0.3, web=STUBBORN)
    read_until_all_work(process, 2)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 0
    assert pids_of(tag) == []


def test_children_that_a_program_leaves_behind_are_ended(start: Start, tag: str) -> None:
    process = start(web=PARENT_OF_ORPHANS)

    process.communicate(timeout=30)

    assert process.returncode == 1
    assert pids_of(tag) == []


@pytest.mark.parametrize("text", [WAITS, STUBBORN])
def test_no_program_outlives_a_killed_supervisor(start: Start, tag: str, text: str) -> None:
    process = start(grace=0.3, web=text, worker=WAITS)
    read_until_all_work(process, 2)

    process.kill()

    assert eventually(lambda: pids_of(tag) == [])


def test_output_that_nobody_reads_does_not_stop_the_programs(start: Start, tmp_path: Path) -> None:
    done = tmp_path / "done"
    talks = f"for _ in range(20000): print('x' * 80)\nopen({str(done)!r}, 'w')\nimport time; time.sleep(600)"
    process = start(web=talks)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()

    assert eventually(done.exists)


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with exit code 0"), (-15, "was killed by SIGTERM (exit code 143)"), (200, "ended with exit code 200")],
)
def test_exit_codes_in_words(code: int, words: str) -> None:
    assert describe(code) == words


class Terminal(io.StringIO):
    """Claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        Printer(["web"], out).copy("web", io.BytesIO(b"one\ntwo"))

    assert "\x1b[" in terminal.getvalue()
    assert file.getvalue() == "web | one\nweb | two\n"
