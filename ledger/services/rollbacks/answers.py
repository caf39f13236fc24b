"""What a rollback answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.models import System


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackAnswer:
    """Which systems were asked, and code, message and next step of those that refused."""

    case_id: str
    systems: tuple[System, ...]
    failures: Mapping[System, Mapping[str, Any]]

    @property
    def status(self) -> str:
        """`rolled_back` where every system did it, `failed` where none did, else `partial`."""
        if not self.failures:
            return "rolled_back"
        return "failed" if len(self.failures) == len(self.systems) else "partial"

    def body(self) -> dict[str, Any]:
        """The answer as document 000 states it."""
        return {
            "case_id": self.case_id,
            "rollback_status": {system.value: self._outcome(system) for system in self.systems},
            "status": self.status,
        }

    def _outcome(self, system: System) -> str:
        refused = self.failures.get(system)
        return f"failed: {refused['message']}" if refused else "success"
