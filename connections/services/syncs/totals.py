"""What the steps of a run come to. `processed` = `synced` + `errors`, whatever happens."""

from collections.abc import Iterable
from dataclasses import dataclass

from connections.models import SyncStep


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over steps."""

    processed: int
    synced: int
    unchanged: int
    errors: int
    deleted: int


def totals_of(steps: Iterable[SyncStep]) -> Totals:
    """The sums of these steps' counts."""
    found = list(steps)
    return Totals(
        processed=sum(step.processed for step in found),
        synced=sum(step.synced for step in found),
        unchanged=sum(step.unchanged for step in found),
        errors=sum(step.errors for step in found),
        deleted=sum(step.deleted for step in found),
    )
