"""What a posting asks the database for: in one round trip, each thing once, whichever systems need it."""

from collections.abc import Collection, Sequence
from enum import Enum
from functools import cached_property
from typing import TypeVar

from integrations_site.tenancy.database.statements import Reply
from ledger.services.bookkeeping.accounts import Mapping, send_mappings_of_case
from ledger.services.postings.cases import CaseKey, PostableCase, received, send_case
from ledger.services.postings.lines import PostableLine, send_lines
from ledger.services.postings.taxes import PostableTax, send_taxes

RowT = TypeVar("RowT")


class Need(Enum):
    """What a system needs to know besides the case."""

    LINES = "lines"
    TAXES = "taxes"
    MAPPINGS = "mappings"


class Material:
    """The locked case, and what was asked for with it. Reading anything waits for the server."""

    def __init__(self, key: CaseKey, needs: Collection[Need]) -> None:
        self._case = send_case(key)
        self._lines = send_lines(key) if Need.LINES in needs else None
        self._taxes = send_taxes(key) if Need.TAXES in needs else None
        self._mappings = send_mappings_of_case(key.tenant, key.case) if Need.MAPPINGS in needs else None

    @cached_property
    def case(self) -> PostableCase:
        """The case. Raises NotFoundError."""
        return received(self._case)

    @cached_property
    def lines(self) -> Sequence[PostableLine]:
        """The lines, in their order."""
        return _rows(self._lines)

    @cached_property
    def taxes(self) -> Sequence[PostableTax]:
        """The taxes, and the rules for them."""
        return _rows(self._taxes)

    @cached_property
    def mappings(self) -> Sequence[Mapping]:
        """The account mappings, those of items excepted."""
        return _rows(self._mappings)


def _rows(reply: Reply[RowT] | None) -> Sequence[RowT]:
    return reply.all() if reply else ()
