"""Schema drift for those who look after a connection: what changed in a vendor's records, and who has seen it."""

from django.db import transaction
from django.db.models import F, Q, QuerySet

from connections.models import Connection, SchemaDrift
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import NotFoundError

# What was seen again since somebody acknowledged it is open again.
ACKNOWLEDGED = Q(acknowledged_at__gte=F("last_seen_at"))


class DriftNotFoundError(NotFoundError):
    """The connection has no such drift."""

    code = "DRIFT_NOT_FOUND"

    def __init__(self, message: str = "There is no such drift") -> None:
        super().__init__(message)


def drifts_of(connection: Connection) -> QuerySet[SchemaDrift]:
    """What changed in the records of a connection, the latest first."""
    return SchemaDrift.objects.filter(connection=connection).order_by("-last_seen_at", "-pk")


def open_drifts_of(connection: Connection) -> QuerySet[SchemaDrift]:
    """Those that nobody has acknowledged since they were last seen."""
    return drifts_of(connection).exclude(ACKNOWLEDGED)


@transaction.atomic
def acknowledge_drift(*, drift: SchemaDrift, actor: Actor) -> SchemaDrift:
    """Notes who has seen a drift. Done again it changes nothing, unless it was seen again at the vendor."""
    row = SchemaDrift.objects.select_for_update().filter(pk=drift.pk).first()
    if row is None:
        raise DriftNotFoundError
    if row.acknowledged_at is not None and row.acknowledged_at >= row.last_seen_at:
        return row
    told = {"entity": row.entity, "field": row.field, "change": row.change}
    announce(action="drift.acknowledged", actor=actor, subject=drift.connection.public_id, data=told)
    row.acknowledged_at, row.acknowledged_by = clock.now(), actor.id
    row.save(update_fields=["acknowledged_at", "acknowledged_by", "updated_at"])
    return row
