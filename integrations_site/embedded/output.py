"""Prints the output of several programs side by side, each line under its program's name."""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TextIO

COLOURS = (36, 33, 35, 32, 34, 31)
OWN_NAME = "hub"


class Printer:
    """Writes whole lines, one at a time; in colour on a terminal, unless NO_COLOR is set."""

    def __init__(self, names: Sequence[str], out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        width = max(map(len, (OWN_NAME, *names)))
        colours = out.isatty() and not os.environ.get("NO_COLOR")
        self._prefixes = {
            name: f"\x1b[{COLOURS[index % len(COLOURS)]}m{name:<{width}} |\x1b[0m "
            if colours
            else f"{name:<{width}} | "
            for index, name in enumerate((OWN_NAME, *names))
        }

    def say(self, text: str) -> None:
        """Print a line of the supervisor's own."""
        self._print(OWN_NAME, text)

    def copy(self, name: str, stream: IO[bytes]) -> None:
        """Print a program's lines until its stream ends, then close it."""
        with stream:
            for line in stream:
                self._print(name, line.decode(errors="replace").rstrip("\r\n"))

    def _print(self, name: str, line: str) -> None:
        # Where nobody reads any more, the programs' output must still be taken from them, or they would stand still.
        with self._lock, suppress(BrokenPipeError):
            self._out.write(f"{self._prefixes[name]}{line}\n")
            self._out.flush()
