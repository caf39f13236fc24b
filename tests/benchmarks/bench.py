"""What every benchmark is handed: databases, a directory, how much to do, and where to say what was seen."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.benchmarks import hub
from tests.benchmarks.databases import Databases
from tests.benchmarks.report import Report, Row

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bench:
    """One run. `hub_template` is a database with the hub's tables and nothing in them."""

    quick: bool
    directory: Path
    databases: Databases
    report: Report
    hub_template: str

    def hub_database(self, purpose: str) -> str:
        """A database of the hub's, on which this process works from here on; its URL."""
        url = self.databases.create(purpose, like=self.hub_template)
        hub.work_on(url)
        return url

    def choose(self, whole: T, quick: T) -> T:
        """How much to do."""
        return quick if self.quick else whole

    def say(self, text: str) -> None:
        """Tells what is going on."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def add(self, row: Row) -> None:
        """Keeps a comparison, and tells it."""
        self.report.rows.append(row)
        what, ours, other, figure, *_ = row.cells
        self.say(
            f"  {what}: {ours}"
            + (f" against {other}" if other else "")
            + f" -> {figure}"
            + (f" ({row.reached})" if row.reached else "")
        )
