"""What the case list is compared with, served in the peers' own environment."""

import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.benchmarks.bench import Bench
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.peer_environment import ensure_peers
from tests.benchmarks.programs import HOST, free_port, granian, served

PEERS = Path(__file__).with_name("peers")


class ListPeers:
    """A trivial view, DRF's plain ModelViewSet, and the same behind django-oauth-toolkit; up inside the block."""

    def __init__(self, bench: Bench, *, rows: int) -> None:
        self._bench = bench
        self._rows = rows
        self._stack = ExitStack()
        self.targets: dict[str, tuple[str, Mapping[str, str]]] = {}

    def __enter__(self) -> "ListPeers":
        python, port = ensure_peers(), free_port()
        environment = {
            "PEER_DATABASE_URL": self._bench.databases.create("list_peer"),
            "PYTHONPATH": str(PEERS),
            "DJANGO_SETTINGS_MODULE": "list_peer.settings",
        }
        token = self._seed(python, environment)
        log = self._bench.directory / "list_peer.log"
        command = granian(python, port, "list_peer.wsgi:application")
        self._stack.enter_context(
            served(command, port=port, cwd=PEERS, environment=environment, log=log, probe="/trivial")
        )
        address = f"http://{HOST}:{port}"
        self.targets = {
            "trivial": (f"{address}/trivial", {}),
            "plain": (f"{address}/plain", {}),
            "oauth": (f"{address}/oauth", {"Authorization": f"Bearer {token}"}),
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _seed(self, python: Path, environment: Mapping[str, str]) -> str:
        command = [str(python), "-m", "list_peer.seed", str(self._rows)]
        done = subprocess.run(command, cwd=PEERS, env=dict(environment), capture_output=True, text=True)
        if done.returncode:
            raise BenchmarkError(f"The peers' database could not be filled: {done.stderr.strip()}")
        return str(done.stdout.strip())
