"""Steps that failed halfway through everything, and whose position is good: a later run goes on there."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import QuerySet

from catalog.definition import LinkPaging, OffsetPaging, PagePaging
from catalog.services.providers import definition_of
from connections.models import Connection, SeenRecords, SyncRun, SyncStep
from connections.services.syncs.faults import spares_the_position
from integrations_site.kernel import clock

# A position older than this is left: vendors forget theirs.
_GOOD_FOR = dt.timedelta(days=1)
# A list may have moved by more than while it is read: a number of records or pages leads elsewhere in it, and what was
# met may be gone. Forgetting what was met begins later than that, so that no run goes on with a part of it.
_STEADY_FOR = dt.timedelta(hours=1)
# Positions by number; a link may hold one.
_BY_NUMBER = (OffsetPaging, PagePaging, LinkPaging)


def interrupted_steps(run: SyncRun) -> Mapping[str, SyncStep]:
    """By data type of a run that begins: the last step, where it failed halfway and that says nothing of its position.

    A position at which two steps in a row failed is left, whatever they say: it may be the cause.
    """
    steps = SyncStep.objects.select_related("run__connection__integration__provider").filter(
        run__connection=run.connection, run__started_at__lt=run.started_at
    )
    recent = steps.filter(entity__in=run.data_types, run__completed_at__gte=clock.now() - _GOOD_FOR)
    last = recent.order_by("entity", "-run__started_at").distinct("entity")
    return {step.entity: step for step in last if _goes_on(step) and not _stood_still(step, steps)}


def is_late(step: SyncStep) -> bool:
    """Whether the step has its position for so long that the list may have moved since."""
    return step.cursor is not None and _positioned_at(step) < clock.now() - _STEADY_FOR


def is_outdated(step: SyncStep) -> bool:
    """Whether the step has its position for so long that it leads elsewhere by now, or nowhere."""
    entity = definition_of(step.run.connection.integration.provider).entity(step.entity)
    if entity is not None and isinstance(entity.paging, _BY_NUMBER):
        return is_late(step)
    return step.cursor is not None and _positioned_at(step) < clock.now() - _GOOD_FOR


def forget_positions(connection: Connection) -> None:
    """Has no later run go on where one failed, or fails from here on, in the caller's transaction."""
    steps = SyncStep.objects.filter(run__connection=connection)
    steps.exclude(status=SyncStep.Status.COMPLETED).update(cursor=None)


def forgettable(seen: QuerySet[SeenRecords]) -> QuerySet[SeenRecords]:
    """Those of these, all of runs that are over, with which no later run may go on."""
    return seen.exclude(step__status=SyncStep.Status.FAILED, step__run__completed_at__gte=clock.now() - _GOOD_FOR)


def _positioned_at(step: SyncStep) -> dt.datetime:
    """When its position was stored; of one that was before the hub noted it: no later."""
    return step.positioned_at or step.run.started_at


def _goes_on(step: SyncStep) -> bool:
    has_failed = step.status == SyncStep.Status.FAILED and not step.run.cancel_requested
    has_position = step.is_full and step.cursor is not None and not is_outdated(step)
    return has_failed and has_position and spares_the_position(step.error)


def _stood_still(step: SyncStep, steps: QuerySet[SyncStep]) -> bool:
    earlier = steps.filter(entity=step.entity, run__started_at__lt=step.run.started_at)
    before = earlier.order_by("-run__started_at").first()
    return before is not None and before.status == SyncStep.Status.FAILED and before.cursor == step.cursor
