"""Sorting the records of a batch: as the hub has them, new or changed, and bad ones with the reason."""

from collections.abc import Mapping as Members
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from connections.sdk.fetching import Page
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
    """A batch. `processed` counts every record that the vendor sent, also one that came twice.

    `differing` are the ids of what is written, each with whether the hub has it; `gone` are those that the vendor says
    are gone, and of which no later page has the record again.
    """

    processed: int = 0
    unchanged: int = 0
    ids: Sequence[str] = ()
    differing: Sequence[tuple[str, bool]] = ()
    gone: Sequence[str] = ()
    parcel: Parcel = field(default_factory=lambda: Parcel(None, None))
    bad: list[Bad] = field(default_factory=list)

    @property
    def synced(self) -> int:
        """The records that the hub has now, unchanged ones among them."""
        return self.processed - len(self.bad)


class Unstored:
    """Batches that are sorted and not stored yet: what they change the database does not have as it will be.

    One thread adds to them, another tells what is stored.
    """

    def __init__(self) -> None:
        self._batches: list[Sorted] = []

    def add(self, batch: Sorted) -> None:
        """The batch is sorted."""
        self._batches.append(batch)

    def stored(self) -> None:
        """The first of them is stored, its transaction over."""
        self._batches.pop(0)

    def among(self, hashes: Members[str, bytes]) -> set[str]:
        """The ids, of these, of what they change."""
        batches = tuple(self._batches)
        changed = {id for batch in batches for id, _ in batch.differing if id in hashes}
        return changed.union(id for batch in batches for id in batch.gone if id in hashes)


def sort(
    pages: Sequence[Page], mapping: Mapping, table: RecordTable, *, unstored: Unstored, is_first: bool = False
) -> Sorted:
    """Sorts a batch; of records with the same id the last one counts. `is_first`: the hub had none before."""
    found, latest = Sorted(), dict[str, bytes]()
    for record in (record for page in pages for record in page.records):
        found.processed += 1
        if why := why_unfit(record.external_id):
            found.bad.append(Bad("", record.raw, "", why))
        else:
            found.unchanged += record.external_id in latest
            latest[record.external_id] = record.raw
    found.ids, found.gone = list(latest), _gone(pages)
    hashes = {id: blake2b(raw, digest_size=_HASH_BYTES, person=mapping.version).digest() for id, raw in latest.items()}
    found.differing = [(id, False) for id in found.ids] if is_first else _differing(hashes, table, unstored)
    found.unchanged += len(latest) - len(found.differing)
    incoming: list[Incoming] = []
    for external_id, is_known in found.differing:
        raw = latest[external_id]
        try:
            incoming.append(Incoming(external_id, raw, hashes[external_id], mapping(raw), is_known))
        except FieldError as error:
            found.bad.append(Bad(external_id, raw, error.field, error.reason))
    found.parcel = table.pack(incoming)
    unstored.add(found)
    return found


def _differing(hashes: Members[str, bytes], table: RecordTable, unstored: Unstored) -> list[tuple[str, bool]]:
    """The ids of what is new or changed, each with whether it is known; what a batch before changes counts as both.

    What is not stored is looked at first: what is stored meanwhile is found in the database.
    """
    again = unstored.among(hashes)
    differing = table.differing(hashes)
    return [each for each in differing if each[0] not in again] + [(id, True) for id in again] if again else differing


def _gone(pages: Sequence[Page]) -> list[str]:
    gone: dict[str, None] = {}
    for page in pages:
        if gone:
            for record in page.records:
                gone.pop(record.external_id, None)
        gone.update(dict.fromkeys(id for id in page.deleted if "\x00" not in id))  # no record's id has one
    return list(gone)
