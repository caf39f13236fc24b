"""Search by the vendors themselves: all that offer one at the same time, under one deadline.

A definition says by `search` of a data type that its vendor can be asked. A vendor that fails or is slow takes nothing
from the answer: its source says what became of it.
"""

import datetime as dt
import json
import logging
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial

import msgspec
from django import db

from connections.models import Connection
from connections.sdk.connector import Found, SearchesLive
from connections.sdk.errors import CredentialError, DeadlinePassed, VendorError
from connections.services.connectors import connector_of
from connections.services.errors import as_hub_error
from connections.services.external_ids import why_unfit
from connections.services.mapping import LONGEST_TITLE, FieldError, Mapped, Mapping, mapping_of
from connections.services.search.fair_pool import FairPool
from connections.services.search.request import Coverage, Hit, SearchRequest
from connections.services.search.sources import Source
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

_logger = logging.getLogger(__name__)
DEADLINE_SECONDS = 2.0
# Of the whole process. Whoever has more sources than a request may ask at once has them asked as others answer.
_THREADS, _OF_REQUEST = 16, 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of asking one vendor."""

    status: Coverage
    hits: Sequence[Hit] = ()
    took_ms: int | None = None
    message: str = ""


class LiveSearch:
    """The vendors are asked from the moment that this is made."""

    def __init__(self, request: SearchRequest, sources: Sequence[Source]) -> None:
        self._end = time.monotonic() + DEADLINE_SECONDS
        self._asked = {
            source.connection.id: self._ask(request, source)
            for source in sources
            if source.connection and _can_be_asked(source, request)
        }

    def _ask(self, request: SearchRequest, source: Source) -> "Future[Outcome]":
        work = partial(copy_context().run, _ask, request, source, self._end)
        return _pool().submit(work, tenant=scope.current(), request=self)

    def outcomes(self) -> dict[uuid.UUID, Outcome]:
        """What became of each, by connection, as soon as all have answered or the deadline has passed."""
        wait(self._asked.values(), timeout=max(self._end - time.monotonic(), 0))
        return {connection: _outcome(future) for connection, future in self._asked.items()}


def _can_be_asked(source: Source, request: SearchRequest) -> bool:
    is_active = source.connection is not None and source.connection.status == Connection.Status.ACTIVE
    return is_active and not request.is_narrowed and bool(_entities(source))


def _entities(source: Source) -> list[str]:
    offered = [entity.name for entity in source.definition.entities if entity.search]
    return [name for name in offered if source.entities is None or name in source.entities]


@cache
def _pool() -> FairPool:
    return FairPool(_THREADS, of_request=_OF_REQUEST)


def _outcome(future: "Future[Outcome]") -> Outcome:
    if not future.done():
        future.cancel()
        return _late()
    try:
        return future.result()
    except Exception:
        _logger.exception("A live search failed")
        return Outcome(Coverage.ERROR, message="The hub could not read its answer")


def _late() -> Outcome:
    return Outcome(Coverage.TIMEOUT, message=f"It did not answer within {DEADLINE_SECONDS:g} seconds")


def _ask(request: SearchRequest, source: Source, deadline: float) -> Outcome:
    """In a thread, in the caller's scope, with a database connection of its own."""
    started = time.monotonic()
    try:
        hits = _found(request, source, deadline)
        return Outcome(Coverage.LIVE, hits, round((time.monotonic() - started) * 1000))
    except CredentialError as error:
        return Outcome(Coverage.UNAUTHORISED, message=as_hub_error(error).message)
    except DeadlinePassed:
        return _late()
    except (VendorError, HubError) as error:
        return Outcome(Coverage.ERROR, message=error.message)
    finally:
        db.connections.close_all()


def _found(request: SearchRequest, source: Source, deadline: float) -> list[Hit]:
    if source.connection is None:
        return []
    connector = connector_of(source.connection, purpose="search", deadline=deadline)
    if not isinstance(connector, SearchesLive):
        return []
    told = connector.search(request.query, entities=_entities(source), limit=request.limit)
    found = [one for one in told if not why_unfit(one.external_id)]
    mappings = {name: _mapping(source, name) for name in {one.entity for one in found}}
    return [_hit(one, source.connection, mappings[one.entity]) for one in found]


def _mapping(source: Source, name: str) -> Mapping | None:
    entity = source.definition.entity(name)
    return mapping_of(source.integration, entity) if entity else None


def _hit(one: Found, connection: Connection, mapping: Mapping | None) -> Hit:
    mapped = _mapped(one, mapping)
    data = json.loads(mapped.data, parse_float=Decimal) if mapped else {}
    title = one.title.replace("\x00", "")[:LONGEST_TITLE]
    return Hit(
        id=None,
        connection_id=connection.id,
        integration_id=connection.integration_id,
        entity=one.entity,
        external_id=one.external_id,
        title=(mapped.title if mapped else "") or title or one.external_id,
        data=data,
        occurred_at=_instant(mapped.occurred_at) if mapped and mapped.occurred_at else None,
        score=0.0,
        source="live",
    )


def _mapped(one: Found, mapping: Mapping | None) -> Mapped | None:
    """In the hub's shape; None where it does not fit, for what was found is shown all the same, by its title."""
    try:
        return mapping(msgspec.json.encode(one.data)) if mapping else None
    except FieldError:
        return None


def _instant(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
