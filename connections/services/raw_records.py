"""Records as their vendors sent them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from connections.models import Record


@dataclass(frozen=True, slots=True)
class StoredRaw:
    """A stored record's id at the vendor, its title, and its JSON text with every number as it was sent."""

    external_id: str
    title: str
    raw: bytes


def stored_raws(records: QuerySet[Record]) -> Iterable[StoredRaw]:
    """The raw records of these rows, in their order."""
    rows = records.annotate(sent=Cast("raw", TextField())).values_list("external_id", "title", "sent")
    return [StoredRaw(external_id, title, sent.encode()) for external_id, title, sent in rows]
