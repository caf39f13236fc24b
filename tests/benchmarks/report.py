"""The closing table, and its copy for machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HEADINGS = ("what", "ours", "other", "result", "must", "stretch", "reached")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach; at most it where `at_most`, at least it otherwise."""

    must: float
    stretch: float | None = None
    at_most: bool = False

    def reached(self, value: float) -> str:
        """`stretch`, `must` or `no`; `yes` where there is but one goal."""
        if self.stretch is not None and self._holds(value, self.stretch):
            return "stretch"
        if self._holds(value, self.must):
            return "must" if self.stretch is not None else "yes"
        return "no"

    def text(self, bound: float | None, unit: str) -> str:
        """One of the two bounds as the table shows it."""
        return "" if bound is None else f"{'<=' if self.at_most else '>='} {bound:g}{unit}"

    def _holds(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison: both sides as texts, and the figure that counts, with its unit and its goal, if it has one."""

    what: str
    ours: str
    other: str
    value: float
    unit: str
    goal: Goal | None = None

    @property
    def reached(self) -> str:
        """Which goal the figure reaches."""
        return self.goal.reached(self.value) if self.goal else ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        figure = f"{self.value:.3g}" if abs(self.value) < 100 else f"{self.value:,.0f}"
        bounds = (
            (self.goal.text(self.goal.must, self.unit), self.goal.text(self.goal.stretch, self.unit))
            if self.goal
            else ("", "")
        )
        return (self.what, self.ours, self.other, figure + self.unit, *bounds, self.reached)


@dataclass(slots=True)
class Report:
    """What was measured, what else was seen, and what failed to run."""

    machine: Mapping[str, Any]
    rows: list[Row] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def table(self) -> str:
        """Every row under its headings."""
        cells = [HEADINGS, *(row.cells for row in self.rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
        lines = [_line(line, widths) for line in cells]
        return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

    def write(self, path: Path) -> None:
        """The same as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "machine": self.machine,
            "rows": [asdict(row) | {"reached": row.reached} for row in self.rows],
            "notes": self.notes,
            "failures": self.failures,
        }
        path.write_text(json.dumps(content, indent=2) + "\n")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
