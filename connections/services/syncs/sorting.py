"""Sorting the records of a batch: as the hub has them, new or changed, and bad ones with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from connections.sdk.fetching import RawRecord
from connections.services.external_ids import why_unfit
from connections.services.mapping import FieldError, Mapping
from connections.services.syncs.records import Incoming, Parcel, RecordTable

_HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that cannot be taken in."""

    external_id: str
    raw: bytes
    field: str
    reason: str


@dataclass(slots=True)
class Sorted:
    """A batch. `processed` counts every record that the vendor sent, also one that came twice."""

    processed: int = 0
    unchanged: int = 0
    ids: Sequence[str] = ()
    parcel: Parcel = field(default_factory=lambda: Parcel(None, None))
    bad: list[Bad] = field(default_factory=list)

    @property
    def synced(self) -> int:
        """The records that the hub has now, unchanged ones among them."""
        return self.processed - len(self.bad)


def sort(records: Iterable[RawRecord], mapping: Mapping, table: RecordTable, *, is_first: bool = False) -> Sorted:
    """Sorts a batch; of records with the same id the last one counts. `is_first`: the hub had none before."""
    found, latest = Sorted(), dict[str, bytes]()
    for record in records:
        found.processed += 1
        if why := why_unfit(record.external_id):
            found.bad.append(Bad("", record.raw, "", why))
        else:
            found.unchanged += record.external_id in latest
            latest[record.external_id] = record.raw
    found.ids = list(latest)
    hashes = {id: blake2b(raw, digest_size=_HASH_BYTES, person=mapping.version).digest() for id, raw in latest.items()}
    differing = [(id, False) for id in found.ids] if is_first else table.differing(hashes)
    found.unchanged += len(latest) - len(differing)
    incoming: list[Incoming] = []
    for external_id, is_known in differing:
        raw = latest[external_id]
        try:
            incoming.append(Incoming(external_id, raw, hashes[external_id], mapping(raw), is_known))
        except FieldError as error:
            found.bad.append(Bad(external_id, raw, error.field, error.reason))
    found.parcel = table.pack(incoming)
    return found
