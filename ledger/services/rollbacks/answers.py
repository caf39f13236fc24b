"""What a rollback answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.models import System


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackAnswer:
    """Which systems were asked, code, message and next step of those that refused, and which hold the case now."""

    case_id: str
    systems: tuple[System, ...]
    failures: Mapping[System, Mapping[str, Any]]
    remaining: tuple[System, ...]

    @property
    def status(self) -> str:
        """Of those asked: `rolled_back` where every system did it, `failed` where none did, else `partial`."""
        if not self.failures:
            return "rolled_back"
        return "failed" if len(self.failures) == len(self.systems) else "partial"

    def body(self) -> dict[str, Any]:
        """The answer as document 000 states it, and the systems that still hold the case, asked or not."""
        return {
            "case_id": self.case_id,
            "rollback_status": {system.value: self._outcome(system) for system in self.systems},
            "remaining_systems": [system.value for system in self.remaining],
            "status": self.status,
        }

    def _outcome(self, system: System) -> str:
        refused = self.failures.get(system)
        return f"failed: {refused['message']}" if refused else "success"
