"""What is asked for in a search, and what is found."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# As many matches of a word as are ranked; beyond, the answer says that there are more.
MOST_RANKED = 500
DEFAULT_LIMIT = 10
MOST = 100
# Pages lead no further than what is ranked.
MOST_SKIPPED = MOST_RANKED


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A search. `limit` and `offset` are for each integration; `person` is the user who searches, if it is one.

    `integrations` narrow where they are given, and so does each of `entity_lists`: a data type is in all of them.
    `holding` are values that mapped fields must have.
    """

    query: str
    person: uuid.UUID | None
    integrations: Sequence[uuid.UUID] | None = None
    entity_lists: Sequence[frozenset[str]] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    holding: Mapping[str, Any] = field(default_factory=dict)
    limit: int = DEFAULT_LIMIT
    offset: int = 0

    @property
    def entities(self) -> frozenset[str] | None:
        """The data types that are searched; None: all."""
        return frozenset.intersection(*self.entity_lists) if self.entity_lists else None

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for what a vendor's own search cannot be asked for, or for a later page."""
        return bool(self.since or self.until or self.holding or self.offset)


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that fits. `id` is None where only the vendor knows it; `source` says who found it."""

    id: uuid.UUID | None
    connection_id: uuid.UUID
    integration_id: uuid.UUID
    entity: str
    external_id: str
    title: str
    data: Mapping[str, Any]
    occurred_at: dt.datetime | None
    score: float
    source: str = "indexed"

    @property
    def identity(self) -> tuple[uuid.UUID, str, str]:
        """What it is at the vendor."""
        return self.connection_id, self.entity, self.external_id


class Coverage(StrEnum):
    """How far a source was searched."""

    INDEXED = "indexed"
    LIVE = "live"
    TIMEOUT = "timeout"
    UNAUTHORISED = "unauthorised"
    ERROR = "error"
    NOT_SYNCED = "not_synced"


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """How far one source was searched: `indexed_at` is the age of its records here, `took_ms` the vendor's own time."""

    integration_id: uuid.UUID
    name: str
    connection_id: uuid.UUID | None
    status: Coverage
    indexed_at: dt.datetime | None
    took_ms: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What was found, the best first; `is_total_exact` is false where there are more than could be ranked, or where
    vendors were asked: `total` has of what they found what is shown.

    `is_similar`: nothing holds the words as they were typed, these hold words like them.
    """

    hits: Sequence[Hit]
    total: int
    is_total_exact: bool
    is_similar: bool
    has_more: bool
    sources: Sequence[SourceCoverage]
    took_ms: int
