"""What a posting asks the database for: in one round trip, each thing once, whichever systems need it."""

import uuid
from collections.abc import Collection, Sequence
from enum import Enum
from functools import cached_property
from typing import NamedTuple, TypeVar

from integrations_site.tenancy.database.statements import Reply, send
from ledger.services.bookkeeping.accounts import Mapping, send_mappings_of_case
from ledger.services.postings.cases import CaseKey, PostableCase, received, send_case
from ledger.services.postings.lines import PostableLine, send_lines
from ledger.services.postings.taxes import PostableTax, send_taxes

_STANDING = """
SELECT b.id, b.case_id FROM ledger_case c
JOIN ledger_bill b ON b.tenant_id = c.tenant_id AND b.vendor_id = c.vendor_id AND b.invoice_number = c.invoice_number
    AND b.kind = c.kind AND b.status <> 'void'
WHERE c.id = %(case)s
"""


RowT = TypeVar("RowT")


class Need(Enum):
    """What a system needs to know besides the case."""

    LINES = "lines"
    TAXES = "taxes"
    MAPPINGS = "mappings"
    STANDING_BILL = "standing bill"


class StandingBill(NamedTuple):
    """The bill that there is for the vendor's invoice number."""

    id: uuid.UUID
    case_id: uuid.UUID


class Material:
    """The locked case, and what was asked for with it. Reading anything waits for the server."""

    def __init__(self, key: CaseKey, needs: Collection[Need]) -> None:
        self._case = send_case(key)
        self._lines = send_lines(key) if Need.LINES in needs else None
        self._taxes = send_taxes(key) if Need.TAXES in needs else None
        self._mappings = send_mappings_of_case(key.tenant, key.case) if Need.MAPPINGS in needs else None
        self._standing = send(_STANDING, key.parameters, row=StandingBill) if Need.STANDING_BILL in needs else None

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

    @cached_property
    def standing_bill(self) -> StandingBill | None:
        """The bill that stands in the way of another."""
        return self._standing.first() if self._standing else None


def _rows(reply: Reply[RowT] | None) -> Sequence[RowT]:
    return reply.all() if reply else ()
