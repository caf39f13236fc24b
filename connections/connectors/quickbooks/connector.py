"""QuickBooks' connector."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from catalog.definition import Entity
from connections.connectors.quickbooks.deletions import Deletions, moment_of
from connections.connectors.quickbooks.statements import PAGE_SIZE, SOURCES, Source, changed_since, containing
from connections.sdk.asking import readable
from connections.sdk.connector import Found
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.declarative.answers import Answer, decoded
from connections.sdk.declarative.increments import clock_of
from connections.sdk.declarative.progress import bounded
from connections.sdk.decoding import UNREADABLE
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Cursor, FetchRequest, Page, RawRecord
from connections.sdk.http import VendorResponse
from connections.sdk.instants import read_instant, write_instant
from connections.sdk.paths import value_at
from connections.sdk.raw import with_members
from connections.sdk.texts import filled


class _MetaData(msgspec.Struct, rename="pascal"):
    last_updated_time: str = ""


class _Head(msgspec.Struct, rename="pascal"):
    """What of a record is looked at here."""

    id: str = ""
    meta_data: _MetaData = msgspec.field(default_factory=_MetaData)


class _Place(msgspec.Struct, omit_defaults=True):
    """Where a run is: which source, and from which change on.

    Pages are asked for by the time of the last change, not by position: a record that is changed while pages are read
    moves to the end, and by position the one after it would be missed. `seen` are the ids that have the very time from
    which the next page goes on; only where more than a page has the same time does `start` count on. `began` is when
    the first page of the source came. `untold` are the entities whose deletions QuickBooks does not tell any more.
    """

    source: int = 0
    since: str = ""
    began: str = ""
    start: int = 1
    seen: list[str] = []
    is_deletions: bool = False
    marks: dict[str, str] = {}
    untold: list[str] = []


class QuickBooksConnector(DeclarativeConnector):
    """Reads each entity by the time of its last change; increments ask for deletions too, which no query shows.

    A watermark is the time of the last change that was read, by entity of QuickBooks, and not after the reading began:
    what is deleted while pages are read is told by the increment that begins there. Deletions have marks of their own,
    when the reading before began, for a list in which nothing changes is no older for that. Where QuickBooks does not
    look back as far as such a mark, the run ends without a watermark, so that the next one reads everything.
    """

    slug = "quickbooks"

    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages."""
        entity, sources = self._entity(request.entity), SOURCES.get(request.entity)
        if sources is None:
            return super().fetch(request)
        since = request.since or {}
        return bounded(lambda cursor: self._pages(entity, sources, since, cursor), request.cursor)

    def search(self, query: str, *, entities: Sequence[str], limit: int) -> Sequence[Found]:
        """What has the text in its name or number, with `data` as in records."""
        found: list[Found] = []
        for entity in self._connection.entities:
            for source in SOURCES.get(entity.name, ()) if not entities or entity.name in entities else ():
                if len(found) < limit:
                    statement = containing(source, query, limit=limit - len(found))
                    answer, _ = self._asked(entity, source, statement)
                    records = [_record(source, _head(raw), raw) for raw in answer.records]
                    found += [Found(entity.name, each.external_id, "", decoded(each.raw)) for each in records]
        return found

    def _pages(
        self, entity: Entity, sources: Sequence[Source], since: Mapping[str, str], cursor: Cursor | None
    ) -> Iterator[Page]:
        place = msgspec.convert(cursor, _Place) if cursor is not None else _beginning(0, sources, since)
        while True:
            read = self._deleted if place.is_deletions else self._changed
            records, deleted, place = read(entity, sources, since, place)
            if place.source == len(sources):
                watermark = None if place.untold else {**since, **place.marks}
                yield Page(records, watermark=watermark, deleted=deleted, notices=_notices(place.untold))
                return
            yield Page(records, cursor=msgspec.to_builtins(place), deleted=deleted)

    def _asked(self, entity: Entity, source: Source, statement: str) -> tuple[Answer, VendorResponse]:
        response = self.http.request("GET", entity.path, query=filled(self.http, entity.query) | {"query": statement})
        # Where nothing is found, the entity is left out of QueryResponse.
        return Answer(response, f"QueryResponse.{source.name}", is_optional=bool(response.body)), response

    def _changed(
        self, entity: Entity, sources: Sequence[Source], since: Mapping[str, str], place: _Place
    ) -> tuple[list[RawRecord], list[str], _Place]:
        """A page of what was changed, and the place after it."""
        source = sources[place.source]
        statement = changed_since(source, place.since or None, start=place.start)
        answer, response = readable(self.http, lambda: self._asked(entity, source, statement))
        heads = [_head(raw) for raw in answer.records]
        records = [
            _record(source, head, raw)
            for head, raw in zip(heads, answer.records, strict=True)
            if not (head.id in place.seen and head.meta_data.last_updated_time == place.since)
        ]
        last = max((head.meta_data.last_updated_time for head in heads), key=moment_of, default="")
        began = place.began or write_instant(read_instant(clock_of(response), "iso"), "iso")
        if len(heads) >= PAGE_SIZE:
            return records, [], msgspec.structs.replace(_further(place, heads, last), began=began)
        # Where there is nothing yet, the next run begins now.
        mark = min(last or place.since or began, began, key=moment_of)
        place = msgspec.structs.replace(place, marks={**place.marks, source.name: mark})
        if source.is_name_list:
            return records, [], _next(place, sources, since)
        place.marks[source.deletions] = began
        return records, [], _before_deletions(place, sources, since)

    def _deleted(
        self, entity: Entity, sources: Sequence[Source], since: Mapping[str, str], place: _Place
    ) -> tuple[list[RawRecord], list[str], _Place]:
        """What was deleted, and the place after it."""
        source = sources[place.source]
        deleted, further = Deletions(self.http, filled(self.http, entity.query)).since(source.name, place.since)
        gone = [f"{source.prefix}{id}" for id in deleted]
        if further:
            return [], gone, msgspec.structs.replace(place, since=further)
        return [], gone, _next(place, sources, since)


def _beginning(number: int, sources: Sequence[Source], since: Mapping[str, str]) -> _Place:
    """The beginning of a source, where it was left the last time; after the last source nothing is left."""
    return _Place(number, since=since.get(sources[number].name, "") if number < len(sources) else "")


def _next(place: _Place, sources: Sequence[Source], since: Mapping[str, str]) -> _Place:
    """The beginning of the source after this."""
    beginning = _beginning(place.source + 1, sources, since)
    return msgspec.structs.replace(beginning, marks=place.marks, untold=place.untold)


def _before_deletions(place: _Place, sources: Sequence[Source], since: Mapping[str, str]) -> _Place:
    """Where the deletions of a source begin; the next source where it was read whole, or they are not told any more."""
    source = sources[place.source]
    left = since.get(source.deletions) or since.get(source.name)
    if left is None:
        return _next(place, sources, since)
    if not Deletions.are_told_since(left):
        return _next(msgspec.structs.replace(place, untold=[*place.untold, source.name]), sources, since)
    return _Place(place.source, since=left, is_deletions=True, marks=place.marks, untold=place.untold)


def _notices(untold: Sequence[str]) -> Sequence[str]:
    if not untold:
        return ()
    names = ", ".join(untold)
    return (
        f"QuickBooks does not tell any more what was deleted ({names}) so long ago; the next sync reads everything",
    )


def _further(place: _Place, heads: Sequence[_Head], last: str) -> _Place:
    """The place after a full page: from its last change on, or by position within one moment."""
    if not last or last == place.since:
        return msgspec.structs.replace(place, start=place.start + len(heads))
    seen = [head.id for head in heads if head.meta_data.last_updated_time == last]
    return msgspec.structs.replace(place, since=last, start=1, seen=seen)


def _head(raw: msgspec.Raw) -> _Head:
    try:
        return msgspec.json.decode(raw, type=_Head)
    except msgspec.ValidationError:
        return _Head()
    except UNREADABLE as error:
        raise AnswerUnreadable("QuickBooks' answer is not the list of records that was asked for") from error


def _record(source: Source, head: _Head, raw: msgspec.Raw) -> RawRecord:
    id = f"{source.prefix}{head.id}" if head.id else ""
    return RawRecord(id, with_members(raw, _told(source, id, raw)) if source.prefix else bytes(raw))


def _told(source: Source, id: str, raw: msgspec.Raw) -> dict[str, Any]:
    """What bills and purchases have in common, under one name."""
    payee = value_at(decoded(raw), source.payee)
    return {"id": id, "kind": source.name.lower(), "payee": payee if isinstance(payee, dict) else {}}
