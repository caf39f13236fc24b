"""Records as their vendors sent them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from connections.models import Record


@dataclass(frozen=True, slots=True)
class StoredRaw:
    """A stored record's id at the vendor, its title, and its JSON as it was sent."""

    external_id: str
    title: str
    raw: bytes


def stored_raws(records: QuerySet[Record]) -> Iterable[StoredRaw]:
    """The raw records of these rows, in their order."""
    rows = records.values_list("external_id", "title", "raw")
    return [StoredRaw(external_id, title, bytes(raw)) for external_id, title, raw in rows]
