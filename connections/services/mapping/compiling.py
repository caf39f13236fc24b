"""Compiling a data type's fields into a function from a vendor's record to a mapped one."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Members
from decimal import Decimal
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from catalog.definition import Entity, Field
from connections.models import FieldMapping, Integration
from connections.sdk.decoding import UNREADABLE
from connections.sdk.paths import Reader, reader
from connections.services.mapping.values import LONGEST_NUMBER, Convert, FieldError, converter

LONGEST_TITLE, _LONGEST_TEXT = 300, 20_000
# Beyond this, or in zeros behind the point, PostgreSQL's own numbers end.
_LARGEST_EXPONENT = 10_000
_NUL_AT_ALL = rb"\u0000"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _exact(text: str) -> Decimal:
    found = Decimal(text)
    if len(text) > LONGEST_NUMBER or abs(found.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"The number {text[:40]} is out of range")
    return found


class Mapped(msgspec.Struct, frozen=True):
    """A record in the hub's shape: `data` is JSON, `occurred_at` an ISO moment, `text` what is searched beside
    the title.
    """

    data: bytes
    title: str
    occurred_at: str | None
    text: str


class _Step(NamedTuple):
    name: str
    read: Reader
    is_text: bool
    read_currency: Reader | None
    convert: Convert
    default: Any
    is_required: bool
    takes_default: bool


class Mapping:
    """The mapping of one data type. `version` is another as soon as it would make something else of a record."""

    def __init__(self, entity: Entity, fields: Sequence[Field]) -> None:
        members = _members(fields)
        self._decoder = msgspec.json.Decoder(_form(members), float_hook=_exact)
        # In the order in which PostgreSQL keeps the members of an object, which it need not sort then.
        in_order = sorted(fields, key=lambda field: (len(field.name.encode()), field.name.encode()))
        self._steps = [_step(field, members) for field in in_order]
        known = {field.name for field in fields}
        self._title = [name for name in entity.title if name in known]
        self._searchable = [name for name in entity.searchable if name in known]
        self._beside_title = [name for name in self._searchable if name not in self._title]
        self._date = entity.date if entity.date in known else None
        form = msgspec.json.encode([list(fields), entity.title, entity.searchable, entity.date], order="sorted")
        self.version = blake2b(form, digest_size=16).digest()

    def __call__(self, raw: bytes) -> Mapped:
        """The record in the hub's shape. Raises FieldError, with no field where the record as a whole is at fault."""
        data = self._fields(self._decoded(raw))
        occurred = data[self._date] if self._date else None
        title = _joined(data, self._title)
        # What a title shows whole is found by it already.
        further = self._beside_title if len(title) <= LONGEST_TITLE else self._searchable
        return Mapped(
            _ENCODER.encode(data),
            title[:LONGEST_TITLE],
            occurred if isinstance(occurred, str) else None,
            _joined(data, further)[:_LONGEST_TEXT],
        )

    def _decoded(self, raw: bytes) -> Any:
        """Of the record what is mapped, fractions as exact decimals. Raises FieldError for what no record can be."""
        if b"\\" in raw and _NUL_AT_ALL in raw and _NUL.search(raw):
            raise FieldError("", "A text in it holds the character NUL, which cannot be stored")
        try:
            raw.isascii() or raw.decode()  # what is passed over is kept as well
            return self._decoder.decode(raw)
        except UNREADABLE as error:
            raise FieldError("", f"It is no object of valid JSON ({error})"[:300]) from None
        except ValueError as error:
            raise FieldError("", str(error)[:300]) from None

    def _fields(self, record: Any) -> dict[str, Any]:
        """The mapped fields by name, None where a record has none. Raises FieldError."""
        found: dict[str, Any] = {}
        for name, read, is_text, read_currency, convert, default, is_required, takes_default in self._steps:
            value = read(record)
            made = default
            if is_text and value and type(value) is str:  # most of what there is; it stays as it is
                made = value
            elif value is not None and value != "":
                try:
                    made = convert(value, read_currency(record) if read_currency else None)
                except ValueError as error:
                    if not takes_default:
                        raise FieldError(name, str(error)) from None
            if made is None and is_required:
                raise FieldError(name, "It is required, and the record has none")
            found[name] = made
        return found


def compile_mapping(entity: Entity, own: Sequence[Field] = ()) -> Mapping:
    """The mapping of a data type, with a tenant's own fields; one of a known name takes the place of the other."""
    fields = {field.name: field for field in (*entity.fields, *own)}
    return Mapping(entity, list(fields.values()))


def mapping_of(integration: Integration, entity: Entity) -> Mapping:
    """The mapping of an integration's data type, with the fields that the tenant added."""
    rows = FieldMapping.objects.filter(integration=integration, entity=entity.name, is_active=True).order_by("name")
    stated = [{"name": row.name, "path": row.path, "type": row.type, **row.rules} for row in rows]
    return compile_mapping(entity, msgspec.convert(stated, list[Field]))


def _members(fields: Sequence[Field]) -> dict[str, str]:
    """The members of a record that are looked at, each with the name of an attribute for it."""
    paths = [path for field in fields for path in (field.path, field.currency_path) if path]
    return {name: f"member_{at}" for at, name in enumerate(dict.fromkeys(path.partition(".")[0] for path in paths))}


def _form(members: Members[str, str]) -> type[msgspec.Struct]:
    """Records as msgspec decodes them: it passes over what is not looked at."""
    rename = {attribute: name for name, attribute in members.items()}
    return msgspec.defstruct("Record", [(attribute, Any, None) for attribute in rename], rename=rename)


def _reader(path: str, members: Members[str, str]) -> Reader:
    name, _, rest = path.partition(".")
    read: Reader = attrgetter(members[name])
    if not rest:
        return read
    further = reader(rest)
    return lambda record: further(read(record))


def _joined(data: dict[str, Any], names: Sequence[str]) -> str:
    return " ".join([str(data[name]) for name in names if data[name] is not None])


def _step(field: Field, members: Members[str, str]) -> _Step:
    convert: Callable[[Any, Any], Any] = converter(field)
    # Amounts in major units do not ask for it.
    currency_path = field.currency_path if field.type == "money_minor" else None
    return _Step(
        name=field.name,
        read=_reader(field.path, members),
        is_text=field.type == "text",
        read_currency=_reader(currency_path, members) if currency_path else None,
        convert=convert,
        default=field.default,
        is_required=field.required,
        takes_default=field.type == "choice" and field.default is not None,
    )
