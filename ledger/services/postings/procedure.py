"""What the three systems have in common: they ask, plan, and write what was planned."""

import datetime as dt
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from integrations_site.audit.types import Actor
from integrations_site.tenancy.database.statements import Reply
from ledger.models import System
from ledger.services.bookkeeping.errors import AlreadyPostedError, details
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import PostableCase, require_only
from ledger.services.postings.material import Material, Need


@dataclass(frozen=True, slots=True)
class Stamp:
    """Under which posting, when and by whom rows are written."""

    posting_id: uuid.UUID
    at: dt.datetime
    actor: Actor


class Plan(Protocol):
    """What a posting would write, computed and not yet written."""

    @property
    def answer(self) -> Answer:
        """What the posting answers once it is written."""

    def preview(self) -> Answer:
        """What a dry run answers."""

    def write(self, stamp: Stamp) -> Reply[tuple[int]] | None:
        """Sends the writes. The reply is the number of the entry that was sent, where there is one."""


class SystemPosting(ABC):
    """How a case is posted to one system."""

    system: ClassVar[System]
    needs: ClassVar[frozenset[Need]] = frozenset()
    needs_to_preview: ClassVar[frozenset[Need]] = frozenset()

    def require_absent(self, material: Material) -> None:
        """Raises AlreadyPostedError where the system holds the case, DuplicateBillError where it is a duplicate."""
        if self.system in material.case.systems:
            raise self.already_posted(material.case)
        require_only(material.case)

    def already_posted(self, case: PostableCase) -> AlreadyPostedError:
        """The refusal of a case that the system holds."""
        return AlreadyPostedError(
            f"The case is posted to {self.system.value} already",
            details=details("Nothing is to be done; to post it anew, roll it back first", system=self.system.value),
        )

    def ask_more(self, material: Material) -> Reply[Any] | None:
        """Sends what can be asked only once the material is known, and what locks."""
        return None

    @abstractmethod
    def plan(self, material: Material, more: Any) -> Plan:
        """What is to be written; `more` is what `ask_more` returned."""
