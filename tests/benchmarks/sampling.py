"""Taking turns: what is compared is measured round by round, one right after the other, so that noise meets both."""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """The same figure, one for each round."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sample":
        """A sample of at least one figure."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The middle figure."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        return f"{_short(self.median)} [{_short(min(self.values))}-{_short(max(self.values))}]"


def interleave(rounds: int, runs: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Every run once a round, in turn; the results of each."""
    results: dict[str, list[T]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return results


def ratio(ours: Sample, other: Sample) -> float:
    """The middle of the rounds' own ratios: both sides of each met the same noise."""
    return statistics.median(mine / theirs for mine, theirs in zip(ours.values, other.values, strict=True))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
