"""Sorting the records of a batch: as the hub has them, new or changed, and bad ones with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from connections.sdk.fetching import RawRecord
from connections.services.mapping import FieldError, Mapping
from connections.services.syncs.records import Incoming, RecordTable

_LONGEST_ID = 255
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
    incoming: list[Incoming] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)

    @property
    def synced(self) -> int:
        """The records that the hub has now, unchanged ones among them."""
        return self.processed - len(self.bad)


def sort(records: Iterable[RawRecord], mapping: Mapping, table: RecordTable) -> Sorted:
    """Sorts a batch; of records with the same id the last one counts."""
    found, latest = Sorted(), dict[str, bytes]()
    for record in records:
        found.processed += 1
        if why := _no_id(record.external_id):
            found.bad.append(Bad("", record.raw, "", why))
        else:
            found.unchanged += record.external_id in latest
            latest[record.external_id] = record.raw
    found.ids = list(latest)
    known = table.known(found.ids)
    for external_id, raw in latest.items():
        hash = blake2b(raw, digest_size=_HASH_BYTES, person=mapping.version).digest()
        have = known.get(external_id)
        if have is not None and have.hash == hash and not have.is_deleted:
            found.unchanged += 1
        else:
            _map(found, external_id, raw, hash, mapping, is_known=have is not None)
    return found


def _map(found: Sorted, external_id: str, raw: bytes, hash: bytes, mapping: Mapping, *, is_known: bool) -> None:
    try:
        found.incoming.append(Incoming(external_id, raw, hash, mapping(raw), is_known))
    except FieldError as error:
        found.bad.append(Bad(external_id, raw, error.field, error.reason))


def _no_id(external_id: str) -> str:
    """Why it is no id; nothing where it is one."""
    if not external_id:
        return "It has no id where the provider's definition says"
    if len(external_id) > _LONGEST_ID or "\x00" in external_id:
        return f"Its id is longer than {_LONGEST_ID} characters, or cannot be stored"
    return ""
