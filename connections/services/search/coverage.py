"""How far each source was searched, and how old what was searched is."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from connections.models import Connection
from connections.services.freshness import Moments, read_at
from connections.services.search.live import Outcome
from connections.services.search.request import Coverage, SourceCoverage
from connections.services.search.sources import Source

_MORE = "The provider's own search found more than there is room for here; a larger limit or more words show it"
_NOTHING = "Nothing was synced yet"


def coverage_of(
    sources: Sequence[Source], asked: Mapping[uuid.UUID, Outcome], left_out: Collection[uuid.UUID]
) -> list[SourceCoverage]:
    """Of each source. `asked` are the vendors that were, `left_out` those that found more than is shown, by connection.

    What was searched is as old as the oldest of its data types; those that were never read to the end are named.
    """
    read = read_at([source.connection.id for source in sources if source.connection])
    return [_of_source(source, read, asked, left_out) for source in sources]


def _of_source(
    source: Source,
    read: Mapping[uuid.UUID, Moments],
    asked: Mapping[uuid.UUID, Outcome],
    left_out: Collection[uuid.UUID],
) -> SourceCoverage:
    one, connection = source.integration, source.connection
    if connection is None:
        return SourceCoverage(
            one.id, one.name, None, Coverage.NOT_SYNCED, None, None, "Nobody has connected an account yet"
        )
    moments, outcome = read[connection.id], asked.get(connection.id)
    known = [moments[name] for name in source.searched if name in moments]
    told = [outcome.message if outcome else _why(connection)]
    told += [_MORE] if connection.id in left_out else []
    told += [_unread(source, moments)]
    return SourceCoverage(
        integration_id=one.id,
        name=one.name,
        connection_id=connection.id,
        status=outcome.status if outcome else _without_asking(connection, is_read=bool(known)),
        indexed_at=min(known, default=None),
        took_ms=outcome.took_ms if outcome else None,
        message=". ".join(filter(None, told)),
    )


def _without_asking(connection: Connection, *, is_read: bool) -> Coverage:
    if connection.status == Connection.Status.EXPIRED:
        return Coverage.UNAUTHORISED
    if connection.status == Connection.Status.ERROR:
        return Coverage.ERROR
    return Coverage.INDEXED if is_read else Coverage.NOT_SYNCED


def _why(connection: Connection) -> str:
    if connection.status == Connection.Status.EXPIRED:
        return connection.validation_error or "Its access has expired; connect it again"
    return connection.validation_error


def _unread(source: Source, moments: Moments) -> str:
    missing = [name for name in source.searched if name not in moments]
    if len(missing) == len(source.searched):
        return _NOTHING
    return f"Not synced to the end yet: {', '.join(missing)}" if missing else ""
