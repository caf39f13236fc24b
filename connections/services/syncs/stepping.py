"""One data type of a run: its pages are read ahead and stored, each together with the vendor's cursor."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from copy import copy

from django.db import IntegrityError, transaction

from catalog.definition import Entity
from connections.models import EntityState, QuarantinedRecord, SyncRun, SyncStep
from connections.sdk.connector import Connector
from connections.sdk.fetching import FetchRequest, Page
from connections.services.mapping import mapping_of
from connections.services.syncs.ahead import short_turns
from connections.services.syncs.doubting import doubt_of
from connections.services.syncs.keeping_back import remember_kept_back
from connections.services.syncs.leasing import Lease
from connections.services.syncs.prefetching import Batch, Prefetch
from connections.services.syncs.records import RecordTable
from connections.services.syncs.sampling import Sample
from connections.services.syncs.sorting import Bad, Sorted, Sorting, Unstored
from connections.services.syncs.turns import Turn
from integrations_site.kernel import clock
from integrations_site.tenancy.database.statements import together, update

# How long the next page is waited for between two heartbeats.
_BEAT_SECONDS = 5.0
_LONGEST_RAW, _LONGEST_REASON, _LONGEST_FIELD = 100_000, 500, 200
_MOST_NOTICES = 50
# What a batch changes of its step.
_PROGRESS = (
    *("page", "processed", "synced", "unchanged", "errors"),
    *("cursor", "positioned_at", "asked", "estimate", "watermark", "notices"),
)


class CancelledError(Exception):
    """Somebody asked for the end of the run."""


class TimeIsUpError(Exception):
    """The worker has worked on this run for as long as one may; another goes on."""


class _MetAgainError(Exception):
    """A record that was new is there by now."""


class StepWork:
    """A data type that is being read."""

    def __init__(self, *, run: SyncRun, step: SyncStep, entity: Entity, lease: Lease, turn: Turn) -> None:
        self._step, self._lease, self._turn = step, lease, turn
        self._owner = run.connection
        mapping = mapping_of(self._owner.integration, entity)
        self._table = RecordTable(self._owner, step.entity)
        self._state, _ = EntityState.objects.get_or_create(connection=self._owner, entity=step.entity)
        self._sample, self._unstored = Sample(), Unstored()
        # What this run brings twice is found when it is stored.
        is_first = not self._table.has_any()
        self._sorting = Sorting(mapping, self._table, self._unstored, is_first=is_first, is_changes=not step.is_full)
        # Whether there were records before this step began; else there is nothing that it might not meet.
        self._remembers = step.is_full and (step.seen.exists() if step.processed else not is_first)

    def work(self, connector: Connector) -> None:
        """Reads the data type to its end. Raises VendorError, LeaseLostError, CancelledError and TimeIsUpError."""
        self._begin()
        request = FetchRequest(
            self._step.entity,
            since=None if self._step.is_full else self._state.watermark,
            cursor=self._step.cursor,
        )
        with short_turns(), Prefetch(_fetch(connector, request), self._sort) as batches:
            while not self._store_next(batches):
                self._stop_if_asked()

    def _begin(self) -> None:
        self._stop_if_asked()
        self._step.status, self._step.error = SyncStep.Status.RUNNING, None
        with transaction.atomic():
            with together():
                held = self._lease.holding()
                update(self._step, "status", "error")
            self._lease.held(held)

    def _sort(self, pages: Sequence[Page]) -> Sorted:
        self._sample.look_at([record for page in pages for record in page.records])
        return self._sorting.sort(pages)

    def _store_next(self, batches: Prefetch) -> bool:
        """Stores what has come, or shows that this worker lives; whether that was the end."""
        batch = batches.take(seconds=_BEAT_SECONDS)
        if batch is None:
            self._lease.beat()
            return False
        self._store(batch)
        return batch.is_last

    def _stop_if_asked(self) -> None:
        if self._lease.is_cancelled:
            raise CancelledError
        if self._turn.is_over(has_moved=self._lease.has_moved):
            raise TimeIsUpError

    def _store(self, batch: Batch) -> None:
        """Everything about a batch, with the cursor behind it; the last one ends the step as well."""
        try:
            self._store_at_once(batch)
        except _MetAgainError:  # with the batch before, which was not stored yet when this one was sorted
            self._store_at_once(batch, looks_again=True)
        self._unstored.stored()

    @transaction.atomic
    def _store_at_once(self, batch: Batch, *, looks_again: bool = False) -> None:
        now, step = clock.now(), self._counted(batch)
        self._write(batch, step, now, looks_again=looks_again)
        self._step = step
        if batch.sorted.gone:
            step.deleted += self._table.bury(batch.sorted.gone, now=now)
            update(step, "deleted")
        if batch.sorted.bad:
            self._quarantine(batch.sorted.bad)
        if self._remembers:
            kept_back = (begin for page in batch.pages for begin in page.kept_back)
            remember_kept_back(self._owner, step, kept_back)
        if batch.is_last:
            self._end()

    def _write(self, batch: Batch, step: SyncStep, now: dt.datetime, *, looks_again: bool) -> None:
        """The records and the position behind them, in one round trip with the lease that allows it."""
        found = batch.sorted
        try:
            with together():
                held = self._lease.holding(has_progress=True, may_repeat=not batch.is_last)
                self._table.merge(found.parcel, now=now, looks_again=looks_again)
                if self._remembers and found.ids:
                    self._table.remember(step.pk, found.ids, now=now)
                update(step, *_PROGRESS)
        except IntegrityError as error:
            if looks_again:
                raise
            raise _MetAgainError from error
        self._lease.held(held)
        if self._lease.is_cancelled:  # what was cut off meanwhile has been purged, and must not come back
            raise CancelledError

    def _counted(self, batch: Batch) -> SyncStep:
        """The step as it is with the batch."""
        step, found = copy(self._step), batch.sorted
        step.positioned_at = clock.now()
        step.page += len(batch.pages)
        step.processed += found.processed
        step.synced += found.synced
        step.unchanged += found.unchanged
        step.errors += len(found.bad)
        for page in batch.pages:
            step.cursor = page.cursor
            if page.total is not None:  # a list that is shorter by now may have passed a record over
                step.estimate = max(page.total, step.estimate or 0)
            step.watermark = page.watermark if page.watermark is not None else step.watermark
        step.notices = _noticed(step, *(notice for page in batch.pages for notice in page.notices))
        return step

    def _quarantine(self, bad: Sequence[Bad]) -> None:
        QuarantinedRecord.objects.bulk_create(
            QuarantinedRecord(
                step=self._step,
                connection=self._owner,
                entity=self._step.entity,
                external_id=each.external_id,
                raw=each.raw[:_LONGEST_RAW].decode(errors="replace").replace("\x00", "\ufffd"),
                field=each.field[:_LONGEST_FIELD],
                reason=each.reason[:_LONGEST_REASON].replace("\x00", "\ufffd"),
            )
            for each in bad
        )

    def _end(self) -> None:
        """The data type was read to its end: what was not met is deleted, and the next run begins from here."""
        now, step, state = clock.now(), self._step, self._state
        if step.is_full:
            self._bury_unseen()
            state.last_full_at = now
        state.watermark = step.watermark
        state.last_synced_at = now
        self._sample.compare(self._owner, state, is_full=step.is_full)
        step.status = SyncStep.Status.COMPLETED
        with together():
            update(state, "last_full_at", "watermark", "last_synced_at", "fields")
            update(step, "status", "deleted", "notices")

    def _bury_unseen(self) -> None:
        """What was not met is gone, unless it may have been kept back."""
        if why := doubt_of(self._step, remembers=self._remembers):
            self._step.notices = _noticed(self._step, f"Deletions were not looked for: {why}")
        elif self._remembers:
            self._step.deleted += self._table.bury_unseen(self._step.pk, now=clock.now())
        self._step.seen.all().delete()
        earlier = QuarantinedRecord.objects.filter(connection=self._owner, entity=self._step.entity)
        earlier.exclude(step=self._step).delete()


def _noticed(step: SyncStep, *notices: str) -> list[str]:
    """What people should know, each once."""
    told = [text.replace("\x00", "\ufffd")[:_LONGEST_REASON] for text in notices]
    return list(dict.fromkeys([*step.notices, *told]))[:_MOST_NOTICES]


def _fetch(connector: Connector, request: FetchRequest) -> Callable[[], Iterator[Page]]:
    return lambda: connector.fetch(request)
