"""The way along a chain, once, in the order of its numbers; what does not fit is set aside and explained at the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from integrations_site.audit.chain import GENESIS, Link
from integrations_site.kernel import clock, ids

# How many entries and numbers are tried for where they belong; each is tried with each.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Anchor:
    """An end of a chain: the last entry's number and hash."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(slots=True)
class Walk:
    """What was passed so far, and what did not fit.

    `broken` entries stand in the chain with a hash that is not theirs, `astray` ones outside it; `gaps` are numbers
    that nobody bears.
    """

    last_hash: str | None = GENESIS
    next_number: int = 1
    broken: list[Link] = field(default_factory=list)
    astray: list[Link] = field(default_factory=list)
    gaps: list[range] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)

    def pass_by(self, link: Link) -> None:
        """Takes the next entry."""
        number = link.number or 0
        if number < self.next_number:
            self.astray.append(link)
            return
        if number > self.next_number:
            self.gaps.append(range(self.next_number, number))
            self.last_hash = None
        self.next_number = number + 1
        if not link.is_intact_as(number):
            self.broken.append(link)
            self.last_hash = None
            return
        if self.last_hash not in (None, link.previous_hash):
            self.breaks.append(_break_before(number))
        self.last_hash = link.hash

    def arrive(self, head: Anchor) -> None:
        """Compares what was passed with the chain's end as the hub keeps it."""
        if self.next_number <= head.number:
            self.gaps.append(range(self.next_number, head.number + 1))
        elif self.last_hash not in (None, head.hash):
            self.breaks.append(
                f"The chain's end does not bear the hash of entry {head.number}: the one or the other was changed."
            )

    def findings(self) -> list[str]:
        """What is wrong, a sentence each; empty where the chain is whole."""
        claims = self._claims()
        moved = {link.id: number for number, link in claims.items()}
        unmoved = [link for link in self.broken if link.id not in moved]
        vacated = [range(link.number or 0, (link.number or 0) + 1) for link in self.broken if link.id in moved]
        return [
            *self.breaks,
            *(_changed(link) for link in unmoved if link.number not in claims),
            *(_moved(link, number) for number, link in sorted(claims.items()) if number != link.number),
            *(_inserted(link) for link in unmoved if link.number in claims),
            *(_inserted(link) for link in self.astray if link.id not in moved),
            *(_removed(run) for gap in self.gaps + vacated for run in _without(gap, sorted(claims))),
        ]

    def _claims(self) -> dict[int, Link]:
        """Entries that were sealed, with what they hold, as another number than they bear: by that number."""
        places = [link.number or 0 for link in islice(self.broken, _MOST)]
        places += islice(chain.from_iterable(self.gaps), _MOST)
        claims: dict[int, Link] = {}
        for link in islice(chain(self.broken, self.astray), _MOST):
            number = next((place for place in places if place not in claims and link.is_intact_as(place)), None)
            if number is not None:
                claims[number] = link
        return claims


def _without(gap: range, numbers: list[int]) -> Iterator[range]:
    """What is left of a range of numbers without some of them."""
    start = gap.start
    for number in numbers:
        if number in gap:
            if number > start:
                yield range(start, number)
            start = number + 1
    if start < gap.stop:
        yield range(start, gap.stop)


def _named(link: Link) -> str:
    place = f"Entry {link.number}" if link.number is not None else "An entry without a number"
    return f"{place} ({ids.public('audit', link.id)}, {link.action} by {link.actor} at {clock.iso(link.at)})"


def _break_before(number: int) -> str:
    if number == 1:
        return "Entry 1 does not begin the chain: what it was sealed after is gone."
    return f"Entry {number - 1} was changed and sealed anew: entry {number} was sealed after another one."


def _changed(link: Link) -> str:
    return f"{_named(link)} was changed: its content does not give its hash."


def _moved(link: Link, number: int) -> str:
    return f"{_named(link)} was moved: it was sealed as number {number}."


def _inserted(link: Link) -> str:
    return f"{_named(link)} was inserted: the hub did not seal it there, or the chain's end was set back."


def _removed(run: range) -> str:
    if len(run) == 1:
        return f"Entry {run.start} was removed."
    return f"Entries {run.start} to {run.stop - 1} were removed."
