"""Sorting the records of a batch: as the hub has them, new or changed, and bad ones with the reason."""

from collections.abc import Mapping as Members
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from connections.sdk.fetching import Page
from connections.services.external_ids import why_unfit
from connections.services.mapping import FieldError, Mapped, Mapping
from connections.services.syncs.records import Incoming, Parcel, RecordTable
from integrations_site.tenancy.database.statements import together

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


@dataclass(frozen=True, slots=True)
class Sorting:
    """How the records of one step are sorted. `is_first`: the hub had none before; `is_changes`: the vendor lists what
    has changed, so that most of it will be written.
    """

    mapping: Mapping
    table: RecordTable
    unstored: Unstored
    is_first: bool = False
    is_changes: bool = False

    def sort(self, pages: Sequence[Page]) -> Sorted:
        """Sorts a batch; of records with the same id the last one counts."""
        found, latest = _gathered(pages)
        version = self.mapping.version
        hashes = {id: blake2b(raw, digest_size=_HASH_BYTES, person=version).digest() for id, raw in latest.items()}
        mapped: dict[str, Mapped | FieldError] = {}
        if self.is_first:
            found.differing = [(id, False) for id in found.ids]
        else:
            found.differing = self._differing(hashes, mapped, latest if self.is_changes else {})
        found.unchanged += len(latest) - len(found.differing)
        incoming: list[Incoming] = []
        for id, is_known in found.differing:
            made = mapped.get(id) or self._mapped(latest[id])
            if isinstance(made, FieldError):
                found.bad.append(Bad(id, latest[id], made.field, made.reason))
            else:
                incoming.append(Incoming(id, latest[id], hashes[id], made, is_known))
        found.parcel = self.table.pack(incoming)
        self.unstored.add(found)
        return found

    def _differing(
        self, hashes: Members[str, bytes], mapped: dict[str, Mapped | FieldError], meanwhile: Members[str, bytes]
    ) -> list[tuple[str, bool]]:
        """The ids of what is new or changed, each with whether it is known; what a batch before changes counts as both.

        What is not stored is looked at first: what is stored meanwhile is found in the database. While that looks,
        records are `mapped`.
        """
        again = self.unstored.among(hashes)
        with together():
            answer = self.table.differing(hashes)
            mapped.update({id: self._mapped(raw) for id, raw in meanwhile.items()})
            found = answer.all()
        return [each for each in found if each[0] not in again] + [(id, True) for id in again] if again else found

    def _mapped(self, raw: bytes) -> Mapped | FieldError:
        try:
            return self.mapping(raw)
        except FieldError as error:
            return error


def _gathered(pages: Sequence[Page]) -> tuple[Sorted, dict[str, bytes]]:
    """What the pages hold, and the records by id as they came last."""
    found, latest = Sorted(), dict[str, bytes]()
    for record in (record for page in pages for record in page.records):
        found.processed += 1
        if why := why_unfit(record.external_id):
            found.bad.append(Bad("", record.raw, "", why))
        else:
            found.unchanged += record.external_id in latest
            latest[record.external_id] = record.raw
    found.ids, found.gone = list(latest), _gone(pages)
    return found, latest


def _gone(pages: Sequence[Page]) -> list[str]:
    gone: dict[str, None] = {}
    for page in pages:
        if gone:
            for record in page.records:
                gone.pop(record.external_id, None)
        gone.update(dict.fromkeys(id for id in page.deleted if "\x00" not in id))  # no record's id has one
    return list(gone)
