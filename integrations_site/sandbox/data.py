"""Records of any number, each made from its position when it is asked for, and what was done to them since.

A record depends on (seed, vendor, account, entity, index) and, for its date, on how many there are: they are spread
over the twelve months from `FIRST` on. Nothing but what was changed is held in memory.
"""

import hashlib
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from integrations_site.sandbox.clock import Clock

FIRST = 1_759_276_800  # 2025-10-01
SPAN = 365 * 86_400
_MASK = (1 << 64) - 1
_MOST_REMEMBERED = 64

Fields = Mapping[str, Any]


@dataclass(slots=True)
class Row:
    """What a record is made from. `noise` is 64 bits that look random; `revision` counts its changes."""

    index: int
    size: int
    salt: str
    noise: int
    created: int
    updated: int
    revision: int = 0

    def pick(self, values: Sequence[str], shift: int) -> str:
        """One of the values; another `shift` takes other bits."""
        return values[(self.noise >> shift) % len(values)]

    def number(self, below: int, shift: int) -> int:
        """A number from 0 up to `below`, exclusive."""
        return (self.noise >> shift) % below

    def peer(self, shift: int = 3) -> int:
        """The index of a record of another entity of this account, to refer to."""
        return (self.noise >> shift) % max(self.size, 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """An entity: how a record is rendered (compact JSON), and how ids are made and read."""

    entity: str
    render: Callable[[Row], str]
    identify: Callable[[str, int], str]
    index_of: Callable[[str, str], int | None]
    most: int | None = None


@dataclass(slots=True)
class Touch:
    """What was done to a record after the beginning. `order` counts all that was done to its table."""

    order: int
    updated: int
    created: int | None = None
    revision: int = 0
    deleted: bool = False
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A record was `added`, `changed` or `deleted`; `record` is as it was after that, or before its end."""

    table: "Table"
    kind: str
    index: int
    at: int
    record: bytes


class Table:
    """The records of one entity of one account. Safe to be used from many threads."""

    def __init__(self, shape: Shape, *, account: str, seed: str, size: int, clock: Clock) -> None:
        self.shape = shape
        self.account = account
        self.size = size if shape.most is None else min(size, shape.most)
        self.total = self.size
        self._spread = max(self.size, 1)
        self.version = 0
        self.salt = salt_of(seed)
        self._clock = clock
        self._mix = int.from_bytes(hashlib.blake2b(f"{seed}/{shape.entity}".encode(), digest_size=8).digest())
        self._touched: dict[int, Touch] = {}
        self._sequences: dict[Any, tuple[int, Sequence[int]]] = {}
        self._lock = threading.RLock()

    def id_of(self, index: int) -> str:
        """The vendor's id of a record."""
        return self.shape.identify(self.salt, index)

    def index_of(self, identifier: str) -> int | None:
        """The position of the record with this id; None where there never was one."""
        index = self.shape.index_of(self.salt, identifier)
        return index if index is not None and 0 <= index < self.total else None

    def is_alive(self, index: int) -> bool:
        """Whether the record was not deleted."""
        touch = self._touched.get(index)
        return touch is None or not touch.deleted

    def created(self, index: int) -> int:
        """When the record came to be; it never falls with the index."""
        touch = self._touched.get(index)
        if touch is not None and touch.created is not None:
            return touch.created
        return FIRST + index * SPAN // self._spread

    def updated(self, index: int) -> int:
        """When the record was last changed."""
        touch = self._touched.get(index)
        return self.created(index) if touch is None else touch.updated

    def row(self, index: int) -> Row:
        """What the record is made from."""
        noise = (index * 0x9E3779B97F4A7C15 + self._mix) & _MASK
        noise = ((noise ^ (noise >> 29)) * 0xBF58476D1CE4E5B9) & _MASK
        noise ^= noise >> 32
        touch = self._touched.get(index) if self._touched else None
        if touch is None:
            created = FIRST + index * SPAN // self._spread
            return Row(index, self.size, self.salt, noise, created, created)
        return Row(index, self.size, self.salt, noise, self.created(index), touch.updated, touch.revision)

    def record(self, index: int) -> bytes:
        """The record as compact JSON, whether deleted or not."""
        text = self.shape.render(self.row(index)).encode()
        touch = self._touched.get(index)
        if touch is None or not touch.fields:
            return text
        return msgspec.json.encode(merged(msgspec.json.decode(text), touch.fields))

    def records(self, indices: Iterable[int]) -> list[bytes]:
        """The records at these positions."""
        if self._touched:
            return [self.record(index) for index in indices]
        render, row = self.shape.render, self.row
        return [render(row(index)).encode() for index in indices]

    def live(self) -> Sequence[int]:
        """The positions of all that is there, oldest first."""
        return self.remember("live", self._find_live)

    def newest(self) -> Sequence[int]:
        """The positions of all that is there, newest first."""
        return self.remember("newest", lambda: self.live()[::-1])

    def by_update(self) -> Sequence[int]:
        """The positions of all that is there, the one last changed at the end."""
        return self.remember("by_update", self._find_by_update)

    def matching(self, name: Any, predicate: Callable[[Any], bool]) -> Sequence[int]:
        """The positions of the records for which this holds, oldest first; remembered under the name."""

        def find() -> Sequence[int]:
            live = self.live()
            return array("L", (index for index in live if predicate(msgspec.json.decode(self.record(index)))))

        return self.remember(("matching", name), find)

    def remember(self, key: Any, find: Callable[[], Sequence[int]]) -> Sequence[int]:
        """What `find` found, until the table changes."""
        held = self._sequences.get(key)
        if held is not None and held[0] == self.version:
            return held[1]
        with self._lock:
            found = find()
            if len(self._sequences) >= _MOST_REMEMBERED:
                self._sequences.clear()
            self._sequences[key] = (self.version, found)
        return found

    def gone_since(self, instant: float) -> list[tuple[int, int]]:
        """Index and time of what was deleted since then."""
        with self._lock:
            touched = list(self._touched.items())
        return [(index, touch.updated) for index, touch in touched if touch.deleted and touch.updated >= instant]

    def add(self, count: int, fields: Fields) -> list[Mutation]:
        """New records, the last of all."""
        with self._lock:
            first, self.total = self.total, self.total + count
            now = int(self._clock.now())
            for index in range(first, self.total):
                self._touched[index] = Touch(self._next(), now, created=now, fields=dict(fields))
            return self._mutations("added", range(first, self.total))

    def change(self, indices: Iterable[int], fields: Fields) -> list[Mutation]:
        """Records get another revision, and these fields."""
        chosen = list(indices)
        with self._lock:
            for index in chosen:
                old = self._touched.get(index) or Touch(0, 0)
                self._touched[index] = replace(
                    old,
                    order=self._next(),
                    updated=int(self._clock.now()),
                    revision=old.revision + 1,
                    fields=merged(old.fields, fields),
                )
            return self._mutations("changed", chosen)

    def delete(self, indices: Iterable[int]) -> list[Mutation]:
        """Records are there no more."""
        chosen = list(indices)
        with self._lock:
            for index in chosen:
                old = self._touched.get(index) or Touch(0, 0)
                self._touched[index] = replace(old, order=self._next(), updated=int(self._clock.now()), deleted=True)
            return self._mutations("deleted", chosen)

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _mutations(self, kind: str, indices: Iterable[int]) -> list[Mutation]:
        return [Mutation(self, kind, index, self.updated(index), self.record(index)) for index in indices]

    def _find_live(self) -> Sequence[int]:
        gone = {index for index, touch in self._touched.items() if touch.deleted}
        return array("L", (i for i in range(self.total) if i not in gone)) if gone else range(self.total)

    def _find_by_update(self) -> Sequence[int]:
        if not self._touched:
            return range(self.total)
        untouched = (index for index in range(self.size) if index not in self._touched)
        later = sorted((touch.order, index) for index, touch in self._touched.items() if not touch.deleted)
        return array("L", [*untouched, *(index for _, index in later)])


def salt_of(seed: str) -> str:
    """Fourteen characters that the ids of an account's records share."""
    return hashlib.blake2b(seed.encode(), digest_size=7).hexdigest()


def merged(record: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """The record with these fields; what is an object in both is merged, too."""
    result = dict(record)
    for name, value in fields.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def between(
    sequence: Sequence[int], key: Callable[[int], Any], since: Any | None = None, until: Any | None = None
) -> Sequence[int]:
    """The part of an ascending sequence from `since` on and before `until`."""
    first = 0 if since is None else bisect_left(sequence, since, key=key)
    last = len(sequence) if until is None else bisect_left(sequence, until, key=key)
    return sequence[first:last]
