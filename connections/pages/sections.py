"""The lists on the page of a connection: its syncs, and what of its records was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count
from django.http import HttpRequest

from connections.models import Connection, Integration, QuarantinedRecord, SyncRun, SyncStep
from connections.pages.paging import Slice, query, slice_of
from connections.services.syncs.totals import Totals, totals_of
from integrations_site.kernel import clock

_RUNS, _RECORDS = 5, 20
_STATUS = SyncRun.Status
_UNDER_WAY = (_STATUS.QUEUED, _STATUS.RUNNING)
_TONES = {_STATUS.COMPLETED: "good", _STATUS.FAILED: "bad", _STATUS.PARTIAL: "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A sync as a person sees it. `failed` are the data types that can be asked for once more."""

    run: SyncRun
    steps: Sequence[SyncStep]
    failed: Sequence[str] = ()

    @property
    def tone(self) -> str:
        """How well it stands, as the style sheet calls it."""
        return _TONES.get(_STATUS(self.run.status), "")

    @property
    def totals(self) -> Totals:
        """The sums of its data types."""
        return totals_of(self.steps)

    @property
    def took(self) -> str:
        """How long it took, waits included; of one that is under way, how long it has been."""
        seconds = int(((self.run.completed_at or clock.now()) - self.run.started_at).total_seconds())
        hours, minutes = divmod(seconds // 60, 60)
        if hours:
            return f"{hours} h {minutes} min"
        return f"{minutes} min {seconds % 60} s" if minutes else f"{max(seconds, 1)} s"

    @property
    def is_under_way(self) -> bool:
        """Whether it is queued or at work."""
        return self.run.status in _UNDER_WAY

    @property
    def may_be_cancelled(self) -> bool:
        """Whether there is something to end that nobody has ended yet."""
        return (self.is_under_way or self.run.resume_at is not None) and not self.run.cancel_requested

    @property
    def reason(self) -> str:
        """Why it did not end well, where no data type of it says so."""
        told = self.run.error or {}
        return "" if any(step.error for step in self.steps) else str(told.get("message", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Syncs:
    """The syncs of a connection; `may_begin`: one can be asked for now."""

    shown: Sequence[ShownRun]
    part: Slice
    may_begin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DataType:
    """A data type of which records were set aside, and the query that shows those alone."""

    name: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """What was set aside: of the chosen data type, or of all."""

    part: Slice
    data_types: Sequence[DataType]
    total: int
    everything: str


def syncs_of(connection: Connection, request: HttpRequest) -> Syncs:
    """The connection's syncs, the newest first, in three statements."""
    runs = SyncRun.objects.filter(connection=connection).order_by("-started_at", "-pk").prefetch_related("steps")
    part = slice_of(runs, request, "syncs", size=_RUNS, total=SyncRun.objects.filter(connection=connection).count())
    shown = [ShownRun(run=run, steps=sorted(run.steps.all(), key=lambda step: step.position)) for run in part.rows]
    may_begin = _is_fit(connection) and connection.sync_status != "running"
    if shown and may_begin and part.first == 1:
        shown[0] = _with_failed(shown[0])
    return Syncs(shown=shown, part=part, may_begin=may_begin)


def set_aside_of(connection: Connection, request: HttpRequest) -> SetAside:
    """The records that were set aside, the newest first, in two statements; `aside` narrows them to a data type."""
    rows = QuarantinedRecord.objects.filter(connection=connection)
    counts = dict(rows.order_by("entity").values_list("entity").annotate(Count("pk")))
    chosen = request.GET.get("aside", "")
    narrowed = rows.filter(entity=chosen) if chosen in counts else rows
    total = sum(counts.values())
    ordered = narrowed.order_by("-created_at", "-pk").defer("raw")
    return SetAside(
        part=slice_of(ordered, request, "aside_page", size=_RECORDS, total=counts.get(chosen, total)),
        data_types=[_data_type(name, count, chosen, request) for name, count in counts.items()],
        total=total,
        everything=query(request, aside=None, aside_page=None),
    )


def _is_fit(connection: Connection) -> bool:
    is_enabled = connection.integration.status != Integration.Status.DISABLED
    return is_enabled and connection.status == Connection.Status.ACTIVE


def _with_failed(shown: ShownRun) -> ShownRun:
    failed = [step.entity for step in shown.steps if step.status == SyncStep.Status.FAILED]
    return replace(shown, failed=failed)


def _data_type(name: str, count: int, chosen: str, request: HttpRequest) -> DataType:
    told: dict[str, Any] = {"aside": name, "aside_page": None}
    return DataType(name=name, count=count, query=query(request, **told), is_chosen=name == chosen)
