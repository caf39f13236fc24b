"""Reading a vendor's records, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

# JSON of the connector's own: a position among pages, or a point in time up to which everything was read.
Cursor = Any
Watermark = Any


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to read. Without `since` everything; with it what changed since; `cursor` goes on after a stored page."""

    entity: str
    since: Watermark | None = None
    cursor: Cursor | None = None


class RawRecord(msgspec.Struct, frozen=True):
    """A record as the vendor sent it: `raw` is its JSON, byte by byte."""

    external_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Records, and how to go on: `cursor` leads to the next page, None says that this is the last.

    `watermark` is where the next incremental run begins, once all pages are stored; the last one that a run's pages
    tell counts. Where they tell none, the next run reads everything. `deleted` are ids that the vendor says are gone.

    `kept_back` are beginnings of the ids of records that the vendor may have and does not show: a full reading does not
    meet them, and they are not gone all the same. They are no empty texts.

    `total` is how many records the vendor says that this whole fetch holds, None where it does not say. A page may hold
    no records and lead on: it keeps how far the fetch is. `notices` tell people what the vendor keeps from the hub, and
    what to do; they hold no secret.
    """

    records: Sequence[RawRecord]
    cursor: Cursor | None = None
    watermark: Watermark | None = None
    deleted: Sequence[str] = field(default_factory=tuple)
    total: int | None = None
    notices: Sequence[str] = ()
    kept_back: Sequence[str] = ()
