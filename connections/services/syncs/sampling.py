"""Schema drift: fields that a vendor begins or ceases to send, or sends in another type, seen in samples."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connections.models import Connection, EntityState, SchemaDrift
from connections.sdk.declarative.answers import decoded
from connections.sdk.fetching import RawRecord
from integrations_site.kernel import clock

# So many records of a batch are looked at, spread over it; and so many have to be seen before a field is missed.
_PER_BATCH, _FEWEST = 20, 10
_LONGEST_NAME = 200
_MOST_FIELDS = 500
# Records of one list are mostly of the same form, so that forms are counted; so many are kept apart.
_MOST_FORMS = 100
# Marks the type of a field that some records lack.
_SOMETIMES = "?"
_TYPES = {str: "text", int: "number", float: "number", Decimal: "number", bool: "boolean", list: "list", dict: "object"}
# Names and types of a record's members, and of those of its objects.
_Inner = tuple[tuple[str, type], ...]
_Form = tuple[tuple[str, type, _Inner], ...]


class Sample:
    """The fields, those one level inside objects included, of records that were looked at."""

    def __init__(self) -> None:
        self._forms: Counter[_Form] = Counter()
        self._records = 0
        self._types: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def look_at(self, records: Sequence[RawRecord]) -> None:
        """Looks at some of a batch."""
        for record in records[:: max(1, len(records) // _PER_BATCH)]:
            found = decoded(record.raw)
            if isinstance(found, dict):
                self._forms[_form(found)] += 1
        if len(self._forms) > _MOST_FORMS:
            self._note_forms()

    def compare(self, owner: Connection, state: EntityState, *, is_full: bool) -> None:
        """Records what is new, missing or of another type, and keeps the fields on the state, in the transaction."""
        self._note_forms()
        known: Mapping[str, str] = state.fields
        if known:
            for name, change, before, after in self._changes(known, is_full=is_full):
                _record(owner, state.entity, name, change, before, after)
        state.fields = self._merged(known)

    def _note_forms(self) -> None:
        for form, count in self._forms.items():
            self._records += count
            for name, type_ in _fields(form):
                self._note(name, type_, count)
        self._forms.clear()

    def _note(self, name: str, type_: str, count: int) -> None:
        if name not in self._types and len(self._types) >= _MOST_FIELDS:
            return
        self._counts[name] = self._counts.get(name, 0) + count
        if type_ or name not in self._types:
            self._types[name] = type_ or self._types.get(name, "")

    def _changes(self, known: Mapping[str, str], *, is_full: bool) -> Iterable[tuple[str, str, str, str]]:
        for name, type_ in self._types.items():
            before = known.get(name, "").rstrip(_SOMETIMES)
            if name not in known:
                yield name, SchemaDrift.Change.NEW, "", type_
            elif before and type_ and before != type_:
                yield name, SchemaDrift.Change.RETYPED, before, type_
        if is_full and self._records >= _FEWEST:
            for name, type_ in known.items():
                if name not in self._types and not type_.endswith(_SOMETIMES):
                    yield name, SchemaDrift.Change.MISSING, type_, ""

    def _merged(self, known: Mapping[str, str]) -> dict[str, str]:
        fields = {name: type_ if type_.endswith(_SOMETIMES) else type_ + _SOMETIMES for name, type_ in known.items()}
        if not self._records:
            return dict(known)
        for name, type_ in self._types.items():
            before = known.get(name)
            always = self._counts[name] == self._records and not (before or "").endswith(_SOMETIMES)
            fields[name] = (type_ or (before or "").rstrip(_SOMETIMES)) + ("" if always else _SOMETIMES)
        return fields


def _form(record: Mapping[str, Any]) -> _Form:
    return tuple([(name, type(value), _inner(value) if type(value) is dict else ()) for name, value in record.items()])


def _inner(value: Mapping[str, Any]) -> _Inner:
    return tuple([(name, type(held)) for name, held in value.items()])


def _fields(form: _Form) -> Iterable[tuple[str, str]]:
    for name, kind, inner in form:
        yield from _named(name, kind)
        for further, held in inner:
            yield from _named(f"{name}.{further}", held)


def _named(name: str, kind: type) -> Iterable[tuple[str, str]]:
    if len(name) <= _LONGEST_NAME and "\x00" not in name:
        yield name, _TYPES.get(kind, "")


def _record(owner: Connection, entity: str, field: str, change: str, before: str, after: str) -> None:
    SchemaDrift.objects.update_or_create(
        connection=owner,
        entity=entity,
        field=field,
        change=change,
        defaults={"before": before, "after": after, "last_seen_at": clock.now()},
    )
