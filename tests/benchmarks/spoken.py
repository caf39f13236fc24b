"""Programs that answer each line they read with one JSON object."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.programs import tail

_GRACE_SECONDS = 5.0


class Spoken:
    """Such a program, inside the block. `first` is the line that it began with, as it is."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        self.first = ""

    def __enter__(self) -> Self:
        self.first = self._line()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its input ends when this process does, so it ends too.
        try:
            self._process.communicate(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def ask(self, *words: object) -> dict[str, Any]:
        """What it answers. Raises BenchmarkError where it ends instead."""
        if self._process.stdin is None:
            raise BenchmarkError("The program has no input")
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        while not (line := self._line()).startswith("{"):
            continue  # what a library prints by itself
        found: dict[str, Any] = json.loads(line)
        return found

    def _line(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise BenchmarkError(f"{self._process.args!r} ended:\n{tail(self._log)}")
        return line
