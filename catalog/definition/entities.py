"""Data types of a provider (payments, invoices, …): where their records are listed and what becomes of each."""

from typing import Annotated, Literal

from msgspec import Meta, field

from catalog.definition.words import (
    Dotted,
    DottedOrWhole,
    Format,
    Headers,
    Label,
    Line,
    Location,
    Method,
    Name,
    Parameter,
    Part,
    Query,
)

# What JSON keeps exact everywhere.
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
PageSize = Annotated[int, Meta(ge=1, le=10_000)]
# fmt: off
FieldType = Literal[
    "text", "integer", "decimal", "currency", "money_minor", "money_major", "boolean",
    "instant", "date", "choice", "list", "object",
]
# fmt: on


class NoPaging(Part, tag_field="type", tag="none", frozen=True):
    """One answer holds every record."""


class CursorPaging(Part, tag_field="type", tag="cursor", frozen=True):
    """The next page is asked for by a cursor: one that the answer tells, or a value of the last record.

    Without `morePath` a page without a cursor (or without records, where a record tells it) is the last one. With it
    every answer must say there whether more comes, and a page that says so must tell its cursor.
    """

    parameter: Parameter
    cursor_path: Dotted | None = None
    last_record_path: Dotted | None = None
    more_path: Dotted | None = None
    size_parameter: Parameter | None = None
    size: PageSize | None = None


class OffsetPaging(Part, tag_field="type", tag="offset", frozen=True):
    """Pages by the number of records before them, counted from `first`.

    Without `totalPath` a page without records is the last one; with it every answer must tell the total.
    """

    parameter: Parameter
    size_parameter: Parameter
    size: PageSize
    first: Literal[0, 1] = 0
    total_path: Dotted | None = None


class PagePaging(Part, tag_field="type", tag="page", frozen=True):
    """Numbered pages.

    Without `pageCountPath` and `totalPath` a page without records is the last one; what of them is named, every answer
    must tell.
    """

    parameter: Parameter
    first: Literal[0, 1] = 1
    size_parameter: Parameter | None = None
    size: PageSize | None = None
    page_count_path: Dotted | None = None
    total_path: Dotted | None = None


class LinkPaging(Part, tag_field="type", tag="link", frozen=True):
    """The header Link names the next page (RFC 8288, rel=next)."""


Paging = NoPaging | CursorPaging | OffsetPaging | PagePaging | LinkPaging


class Incremental(Part, frozen=True):
    """How only what changed since a moment is asked for; `template` may put `{value}` into a larger text."""

    field_path: Dotted
    parameter: Parameter
    placement: Literal["query", "header"] = "query"
    format: Literal["unix", "iso", "httpdate"] = "iso"
    template: Line | None = None
    overlap_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 0


class Field(Part, frozen=True):
    """One field of a mapped record: where it stands in the raw one, and what it is made into.

    Amounts become decimals in major units (`money_minor` divides by what the currency of `currencyPath` asks for),
    currencies capitals, instants UTC, and choices the hub's words. A choice that is not listed
    becomes the default; without one the record is a bad one. `format` is how a moment is written: unix (seconds),
    unix_ms, iso, ms_date (ASP.NET), ts (Slack), or a pattern of strptime's; without it a moment is taken for what it
    looks like.
    """

    name: Name
    path: Dotted
    type: FieldType
    currency_path: Dotted | None = None
    format: Format | None = None
    choices: Annotated[dict[Line, Line], Meta(max_length=200)] = field(default_factory=dict)
    default: Line | Whole | bool | None = None
    required: bool = False


class LiveSearch(Part, frozen=True):
    """A search that the provider itself offers; `template` may put `{query}` into a larger text, such as a statement.

    There it stands for the words that were typed, letters and digits in small letters; without a template what was
    typed is asked for as it is.
    """

    path: Location
    parameter: Parameter
    method: Method = "GET"
    query: Query = field(default_factory=dict)
    template: Line | None = None
    records: DottedOrWhole = ""


class Entity(Part, frozen=True):
    """A data type: its list, the path to the records in an answer ("" is the answer itself), and their mapping.

    An answer without its list is unreadable, unless `recordsOptional` says that the vendor leaves empty lists out.
    `title`, `searchable` and `date` name mapped fields.
    """

    name: Name
    path: Location
    id: Dotted
    label: Label | None = None
    method: Method = "GET"
    query: Query = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    records: DottedOrWhole = ""
    records_optional: bool = False
    paging: Paging = field(default_factory=NoPaging)
    incremental: Incremental | None = None
    fields: Annotated[list[Field], Meta(max_length=200)] = field(default_factory=list)
    title: Annotated[list[Name], Meta(max_length=10)] = field(default_factory=list)
    searchable: Annotated[list[Name], Meta(max_length=50)] = field(default_factory=list)
    date: Name | None = None
    search: LiveSearch | None = None
