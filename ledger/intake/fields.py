"""The vocabulary of the tables in `ubl` and `cii`: where a business term stands, and what becomes of it.

A `Group` makes one dataclass; each of its fields is a `Term` (one value), `Every` (all values), `Joined` (texts, one
per line), `One` (a group within) or `Many` (groups within). Paths are XPath, relative to the group's element. A blank
element counts as absent, as if it had been left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from lxml import etree

from ledger.intake.errors import shortened
from ledger.intake.party import Identifier
from ledger.intake.place import Leaf, Path, Place
from ledger.intake.values import code

T = TypeVar("T")
Reader = Callable[[str], Any]
_ABSENT: tuple[Any, ...] = (None, ())


class Field(Protocol):
    """Something that can be read at a place."""

    def read(self, at: Place) -> Any:
        """The value, or None (or an empty tuple) where the file does not state it."""


@dataclass(frozen=True)
class Constant:
    """A value that does not depend on the file."""

    value: Any

    def read(self, at: Place) -> Any:
        return self.value


@dataclass(frozen=True)
class Term:
    """One business term with one value. Of several paths, the first that holds something counts."""

    bt: str
    paths: Sequence[Path]
    reader: Reader
    required: bool = False
    default: Any = None

    def read(self, at: Place) -> Any:
        for path in self.paths:
            if leaves := at.leaves(path):
                return self.combine(leaves)
        if self.required:
            raise at.missing(self.bt, self.paths[0])
        return self.combine([])

    def combine(self, leaves: Sequence[Leaf]) -> Any:
        """The only value. A term may be stated twice only if it is stated alike."""
        values = [self._value(leaf) for leaf in leaves]
        for leaf, value in zip(leaves, values, strict=True):
            if value != values[0]:
                raise leaf.invalid(self.bt, f"was “{shortened(leaves[0].text)}” before; there can be only one")
        return values[0] if values else self.default

    def _value(self, leaf: Leaf) -> Any:
        try:
            return self.reader(leaf.text)
        except ValueError as error:
            raise leaf.invalid(self.bt, str(error)) from None


class Every(Term):
    """A business term that may have many values: a tuple."""

    def combine(self, leaves: Sequence[Leaf]) -> Any:
        return tuple(self._value(leaf) for leaf in leaves)


class Joined(Term):
    """A text that may come in pieces: one line each, without repetitions."""

    def combine(self, leaves: Sequence[Leaf]) -> Any:
        return "\n".join(dict.fromkeys(self._value(leaf) for leaf in leaves)) or None


def term(
    reader: Reader, bt: str, *paths: str, required: bool = False, default: Any = None, kind: type[Term] = Term
) -> Term:
    """A term that `reader` turns into a value."""
    return kind(bt, [Path(path) for path in paths], reader, required, default)


@dataclass(frozen=True)
class Group(Generic[T]):
    """A business group: the dataclass that it becomes, and its fields by name. As a field, it is read in place."""

    record: Callable[..., T]
    fields: Mapping[str, Field]

    def read(self, at: Place) -> T:
        return self.record(**self.values(at))

    def values(self, at: Place) -> dict[str, Any]:
        """What the file states of each field."""
        return {name: each.read(at) for name, each in self.fields.items()}

    def read_unless_blank(self, at: Place) -> T | None:
        """The group, or None if the file states none of its fields."""
        values = self.values(at)
        return self.record(**values) if any(value not in _ABSENT for value in values.values()) else None


def group(record: Callable[..., T], **fields: Field) -> Group[T]:
    """A group whose fields are written as keyword arguments."""
    return Group(record, fields)


@dataclass(frozen=True)
class One(Generic[T]):
    """A group that occurs at most once; None where the file states none of it."""

    bg: str
    path: Path
    group: Group[T]
    required: bool = False

    def read(self, at: Place) -> T | None:
        places = at.places(self.path)
        if not places and self.required:
            raise at.missing(self.bg, self.path)
        groups = [self.group.read_unless_blank(place) for place in places]
        for place, each in zip(places, groups, strict=True):
            if each != groups[0]:
                raise place.repeated(self.bg)
        return groups[0] if groups else None


@dataclass(frozen=True)
class Many(Generic[T]):
    """A group that may be repeated: a tuple."""

    bg: str
    path: Path
    group: Group[T]

    def read(self, at: Place) -> tuple[T, ...]:
        return tuple(self.group.read(place) for place in at.places(self.path))


@dataclass(frozen=True)
class Lines(Many[T]):
    """The group of which there is at least one. Messages call each by its identifier, which stands at `name`."""

    name: Path

    def read(self, at: Place) -> tuple[T, ...]:
        places = at.places(self.path)
        if not places:
            raise at.missing(self.bg, self.path)
        return tuple(self.group.read(place.called("line", self.name, n)) for n, place in enumerate(places, 1))


def one(bg: str, path: str, group: Group[T], *, required: bool = False) -> One[T]:
    """A group that occurs at most once at `path`."""
    return One(bg, Path(path), group, required)


def many(bg: str, path: str, group: Group[T]) -> Many[T]:
    """A group that may be repeated at `path`."""
    return Many(bg, Path(path), group)


def lines(bg: str, path: str, group: Group[T], *, name: str) -> Lines[T]:
    """The lines at `path`, whose identifiers stand at `name`."""
    return Lines(bg, Path(path), group, Path(name))


def identifier(bt: str, path: str, scheme: str = "@schemeID") -> One[Identifier]:
    """A number or address, and the scheme that it belongs to."""
    return one(bt, path, _identifier(bt, scheme))


def identifiers(bt: str, path: str) -> Many[Identifier]:
    """All the numbers at `path`."""
    return many(bt, path, _identifier(bt, "@schemeID"))


def _identifier(bt: str, scheme: str) -> Group[Identifier]:
    return group(Identifier, value=term(code, bt, "."), scheme=term(code, bt, scheme))


def root_place(root: etree._Element, document: Group[T]) -> Place:
    """The root element, with the document's currencies for the paths that tell amounts apart by them."""
    at = Place(root)
    currencies = {name: document.fields[name].read(at) or "" for name in ("currency", "tax_currency")}
    return Place(root, variables=currencies)
