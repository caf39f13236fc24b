"""Runs several programs as one: their output side by side, one end for all of them, and none left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TextIO

from integrations_site.embedded.output import Printer

GRACE_SECONDS = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
IMPATIENCE_SECONDS = 1.0
LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True)
class Program:
    """Something to run, and the name that its lines of output bear."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """A program has ended."""

    name: str
    code: int


class Supervisor:
    """Runs programs until one of them ends or somebody asks for the end; then ends them all.

    SIGINT (Ctrl-C), SIGTERM and SIGHUP ask. Every program is sent SIGTERM, and after the grace period, or
    when somebody asks again, it is killed together with its children. Should this process be killed itself,
    the programs end in the same way (``leash``).
    """

    def __init__(self, programs: Sequence[Program], *, out: TextIO = sys.stdout, grace: float = GRACE_SECONDS) -> None:
        self._programs = programs
        self._grace = grace
        self._events: SimpleQueue[Ended | signal.Signals] = SimpleQueue()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._printer = Printer([program.name for program in programs], out)
        self._threads: list[threading.Thread] = []

    def run(self) -> int:
        """Run until the end. 0 where somebody asked for it, 1 where a program ended of itself.

        Must be called in the main thread, which alone is told of signals.
        """
        # Only this process has the write end; the leashes read from the other until it closes.
        leash_end, own_end = os.pipe()
        with self._asked_by_signals():
            try:
                for program in self._programs:
                    self._start(program, leash_end)
                event = self._events.get()
                self._announce(event)
            finally:
                self._end_all()
                os.close(leash_end)
                os.close(own_end)
        return 1 if isinstance(event, Ended) else 0

    def _start(self, program: Program, leash_end: int) -> None:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            # Isolated and without site packages: the leash needs none, and starts in an instant.
            [sys.executable, "-I", "-S", str(LEASH), str(self._grace), *program.command],
            stdin=leash_end,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            start_new_session=True,
        )
        assert process.stdout  # noqa: S101 - for the type checker; it is a pipe
        self._running[program.name] = process
        self._spawn(self._printer.copy, program.name, process.stdout)
        self._spawn(self._wait, program.name, process)

    def _spawn(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _wait(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self._events.put(Ended(name, process.wait()))

    def _announce(self, event: Ended | signal.Signals) -> None:
        if isinstance(event, Ended):
            self._printer.say(f"{event.name} {describe(event.code)}; ending the others")
        else:
            self._printer.say(f"{event.name} received; ending")

    def _end_all(self) -> None:
        for process in self._running.values():
            process.terminate()
        self._wait_for_all()
        # Those that did not end in time, and what those that did have left behind in their groups.
        for process in self._running.values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(timeout=5)

    def _wait_for_all(self) -> None:
        """Return once every program has ended, the grace period is over or somebody has asked again."""
        began = time.monotonic()
        while any(process.poll() is None for process in self._running.values()):
            try:
                event = self._events.get(timeout=max(0.0, began + self._grace - time.monotonic()))
            except Empty:
                return
            # One request may arrive twice at once: from `make`, say, and from whoever ended `make`.
            if not isinstance(event, Ended) and time.monotonic() > began + IMPATIENCE_SECONDS:
                return

    @contextmanager
    def _asked_by_signals(self) -> Iterator[None]:
        def ask(number: int, frame: FrameType | None) -> None:
            self._events.put(signal.Signals(number))

        before = {number: signal.signal(number, ask) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def describe(code: int) -> str:
    """What an exit code says, in words that follow the program's name."""
    number = -code if code < 0 else code - 128
    if number > 0 and number in set(signal.Signals):
        return f"was killed by {signal.Signals(number).name} (exit code {128 + number})"
    return f"ended with exit code {code}"
