"""The hash of an entry, computed outside the database, so that the database need not be believed.

It is SHA-256 over the previous entry's hash (64 hex digits) and the entry's fields as netstrings
(https://cr.yp.to/proto/netstrings.txt). The function `audit_seal` of `integrations_site.audit.sql` seals alike.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.db.models.functions import Cast

from integrations_site.audit.models import AuditEntry

GENESIS = "0" * 64
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it stands in the database; `data` is PostgreSQL's own text of its JSON."""

    number: int | None
    previous_hash: str | None
    hash: str | None
    id: uuid.UUID
    tenant_id: uuid.UUID | None
    action: str
    actor: str
    actor_label: str
    subject: str
    data: str
    request_id: str
    at: dt.datetime

    @classmethod
    def stream(cls, entries: models.QuerySet[AuditEntry]) -> Iterator[Self]:
        """The entries one after the other in the chain's order, a few thousand in memory. It needs a transaction."""
        columns = ("number", "previous_hash", "hash", "id", "tenant_id", "action", "actor", "actor_label", "subject")
        rows = entries.order_by("number", "at", "id").values_list(
            *columns, Cast("data", models.TextField()), "request_id", "at"
        )
        for row in rows.iterator(chunk_size=_AT_ONCE):
            yield cls(*row)

    def sealed_as(self, number: int) -> str:
        """The hash that this entry has as the chain's `number`-th, after the entry that it says it follows."""
        fields = (
            str(number),
            str(self.id),
            str(self.tenant_id or ""),
            self.action,
            self.actor,
            self.actor_label,
            self.subject,
            self.data,
            self.request_id,
            str((self.at - _EPOCH) // _MICROSECOND),
        )
        sealed = (self.previous_hash or "").encode() + b"".join(map(_netstring, fields))
        return hashlib.sha256(sealed).hexdigest()

    def is_intact_as(self, number: int) -> bool:
        """Whether the entry was sealed with this content, as the `number`-th."""
        return self.hash == self.sealed_as(number)


def _netstring(text: str) -> bytes:
    raw = text.encode()
    return b"%d:%b," % (len(raw), raw)
