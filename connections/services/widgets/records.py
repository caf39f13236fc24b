"""Records of one data type, for a widget."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection as database

from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.services.entities import entity_names, fields_of, own_fields, require_allowed
from connections.services.freshness import read_at
from connections.services.widgets.conditions import conditions, require_known
from connections.services.widgets.standing import connection_shown
from integrations_site.kernel.errors import InvalidInputError

DEFAULT_LIMIT = 10
MOST = 100
# As far as records are counted; beyond, the answer says that there are more.
MOST_COUNTED = 10_000
OCCURRED = "occurredAt"
_FITTING = """
FROM connections_record
WHERE connection_id = %s AND entity = %s AND deleted_at IS NULL AND (user_id IS NULL OR user_id = %s){narrowed}
"""
_PAGE = "SELECT external_id, data::text {fitting} ORDER BY {order}external_id LIMIT %s OFFSET %s"
_TOTAL = "SELECT count(*) FROM (SELECT {fitting} LIMIT %s) AS counted"
_DIRECTIONS = {"asc": "ASC NULLS LAST", "desc": "DESC NULLS LAST"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsRequest:
    """What a widget asks for. No `fields` means all; `sort_by` is a field, or `occurredAt`."""

    integration: Integration
    person: uuid.UUID | None
    entity: str
    fields: Sequence[str] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort_by: str = OCCURRED
    direction: str = "desc"
    limit: int = DEFAULT_LIMIT
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """A page of records, as they were at `fetched_at`; None: the data type was not read to its end yet."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    is_total_exact: bool
    has_more: bool
    fetched_at: dt.datetime | None


def records(*, request: RecordsRequest) -> RecordsPage:
    """A page of the records of a data type, the newest first unless told otherwise.

    Raises InvalidInputError for a data type, field or comparison that there is not, and DataTypeNotAllowedError.
    """
    known = _known_fields(request)
    require_known(request.fields, known, "fields")
    require_known([request.sort_by], known | {OCCURRED}, "sortBy")
    found = conditions(request.filters, known)
    shown = connection_shown(request.integration, request.person)
    if shown is None or shown.is_cut:
        return RecordsPage([], 0, is_total_exact=True, has_more=False, fetched_at=None)
    fitting = _FITTING.format(narrowed="".join(f" AND {one.sql}" for one in found))
    parameters = [shown.id, request.entity, request.person, *(value for one in found for value in one.parameters)]
    total = _total(fitting, parameters)
    rows = _page(fitting, parameters, request) if request.offset < total or total > MOST_COUNTED else []
    return RecordsPage(
        rows=[_shown(row, request.fields) for row in rows[: request.limit]],
        total=min(total, MOST_COUNTED),
        is_total_exact=total <= MOST_COUNTED,
        has_more=len(rows) > request.limit,
        fetched_at=_fetched_at(shown, request.entity),
    )


def _known_fields(request: RecordsRequest) -> set[str]:
    definition = definition_of(request.integration.provider)
    names = entity_names(definition)
    if request.entity not in names:
        message = (
            f"{request.integration} has no data type {request.entity[:100]}; there are {', '.join(names) or 'none'}"
        )
        raise InvalidInputError(message, details={"fields": {"entity": [message]}, "entities": names})
    require_allowed(request.integration, [request.entity], names, "entity")
    own = own_fields([request.integration.id])
    return fields_of(definition, request.entity) | {name for _, entity, name in own if entity == request.entity}


def _total(fitting: str, parameters: Sequence[Any]) -> int:
    with database.cursor() as cursor:
        cursor.execute(_TOTAL.format(fitting=fitting), [*parameters, MOST_COUNTED + 1])
        [total] = cursor.fetchone()
    return int(total)


def _page(fitting: str, parameters: Sequence[Any], request: RecordsRequest) -> list[tuple[str, str]]:
    """One row more than asked for, where there is one."""
    order, sorted_by = _order(request)
    with database.cursor() as cursor:
        cursor.execute(
            _PAGE.format(fitting=fitting, order=order), [*parameters, *sorted_by, request.limit + 1, request.offset]
        )
        rows: list[tuple[str, str]] = cursor.fetchall()
    return rows


def _order(request: RecordsRequest) -> tuple[str, list[str]]:
    """What comes before the id in the order of the rows, and its parameters."""
    if request.sort_by != OCCURRED:
        return f"data -> %s {_DIRECTIONS[request.direction]}, ", [request.sort_by]
    entity = definition_of(request.integration.provider).entity(request.entity)
    # Without moments the order is that of ids: the index of them gives it, that of moments would have to sort all.
    has_moments = entity is not None and entity.date is not None
    return (f"occurred_at {_DIRECTIONS[request.direction]}, " if has_moments else ""), []


def _shown(row: tuple[str, str], fields: Sequence[str]) -> dict[str, Any]:
    external_id, data = row
    record = {"id": external_id} | json.loads(data, parse_float=Decimal)
    return {name: record.get(name) for name in fields} if fields else record


def _fetched_at(shown: Connection, entity: str) -> dt.datetime | None:
    return read_at([shown.id])[shown.id].get(entity)
