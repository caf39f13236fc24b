"""Compiling a data type's fields into a function from a vendor's record to a mapped one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from catalog.definition import Entity, Field
from connections.models import FieldMapping, Integration
from connections.sdk.paths import Reader, reader
from connections.services.mapping.values import Convert, FieldError, converter

_LONGEST_TITLE, _LONGEST_TEXT = 300, 20_000
# Beyond this PostgreSQL's own numbers end.
_LARGEST_EXPONENT = 10_000
_NUL_AT_ALL = rb"\u0000"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _exact(text: str) -> Decimal:
    found = Decimal(text)
    if found and abs(found.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"The number {text[:40]} is out of range")
    return found


_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=_exact)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A record in the hub's shape: `data` is JSON, `occurred_at` an ISO moment, `text` what is searched."""

    data: bytes
    title: str
    occurred_at: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    read: Reader
    read_currency: Reader | None
    convert: Convert
    default: Any
    is_required: bool
    takes_default: bool


class Mapping:
    """The mapping of one data type. `version` is another as soon as it would make something else of a record."""

    def __init__(self, entity: Entity, fields: Sequence[Field]) -> None:
        self._steps = [_step(field) for field in fields]
        known = {field.name for field in fields}
        self._title = [name for name in entity.title if name in known]
        self._searchable = [name for name in entity.searchable if name in known]
        self._date = entity.date if entity.date in known else None
        form = msgspec.json.encode([list(fields), entity.title, entity.searchable, entity.date], order="sorted")
        self.version = blake2b(form, digest_size=16).digest()

    def __call__(self, raw: bytes) -> Mapped:
        """The record in the hub's shape. Raises FieldError, with no field where the record as a whole is at fault."""
        data = self.fields(decoded_record(raw))
        words = [data[name] for name in self._title]
        occurred = data[self._date] if self._date else None
        return Mapped(
            data=_ENCODER.encode(data),
            title=" ".join(str(word) for word in words if word is not None)[:_LONGEST_TITLE],
            occurred_at=occurred if isinstance(occurred, str) else None,
            text=" ".join(str(data[name]) for name in self._searchable if data[name] is not None)[:_LONGEST_TEXT],
        )

    def fields(self, record: dict[str, Any]) -> dict[str, Any]:
        """The mapped fields by name, None where a record has none. Raises FieldError."""
        found: dict[str, Any] = {}
        for step in self._steps:
            value = step.read(record)
            try:
                found[step.name] = step.default if value is None or value == "" else _converted(step, value, record)
            except ValueError as error:
                raise FieldError(step.name, str(error)) from None
            if step.is_required and found[step.name] is None:
                raise FieldError(step.name, "It is required, and the record has none")
        return found


def compile_mapping(entity: Entity, own: Sequence[Field] = ()) -> Mapping:
    """The mapping of a data type, with a tenant's own fields; one of a known name takes the place of the other."""
    fields = {field.name: field for field in (*entity.fields, *own)}
    return Mapping(entity, list(fields.values()))


def mapping_of(integration: Integration, entity: Entity) -> Mapping:
    """The mapping of an integration's data type, with the fields that the tenant added."""
    rows = FieldMapping.objects.filter(integration=integration, entity=entity.name, is_active=True).order_by("name")
    own = [msgspec.convert({"name": row.name, "path": row.path, "type": row.type}, Field) for row in rows]
    return compile_mapping(entity, own)


def decoded_record(raw: bytes) -> dict[str, Any]:
    """The record, its fractions as exact decimals. Raises FieldError for what no record can be, or not be stored."""
    if _NUL_AT_ALL in raw and _NUL.search(raw):
        raise FieldError("", "A text in it holds the character NUL, which cannot be stored")
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FieldError("", f"It is no object of valid JSON ({error})"[:300]) from None
    except ValueError as error:
        raise FieldError("", str(error)[:300]) from None


def _converted(step: _Step, value: Any, record: dict[str, Any]) -> Any:
    currency = step.read_currency(record) if step.read_currency else None
    try:
        return step.convert(value, currency)
    except ValueError:
        if not step.takes_default:
            raise
        return step.default


def _step(field: Field) -> _Step:
    read_currency = reader(field.currency_path) if field.currency_path else None
    convert: Callable[[Any, Any], Any] = converter(field)
    return _Step(
        name=field.name,
        read=reader(field.path),
        read_currency=read_currency,
        convert=convert,
        default=field.default,
        is_required=field.required,
        takes_default=field.type == "choice" and field.default is not None,
    )
