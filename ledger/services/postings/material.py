"""What a posting asks the database for: in one round trip, each thing once, whichever systems need it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from django.utils.functional import cached_property

from integrations_site.tenancy.database.statements import Reply
from ledger.models import Purpose
from ledger.services.bookkeeping.accounts import AccountBook, send_mappings_of_case, send_mappings_of_items
from ledger.services.bookkeeping.accounts import Mapping as AccountMapping
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
    """The locked case, and what was asked for with it. Reading anything waits for the server.

    Properties are cached by Django's `cached_property`: the standard library's holds one lock for all instances (until
    Python 3.12), and whoever waited for the server under it would keep out the thread that the server waits for.
    """

    def __init__(self, key: CaseKey, needs: Collection[Need]) -> None:
        self._key = key
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
    def stock_lines(self) -> Sequence[PostableLine]:
        """Those that go into stock."""
        return [line for line in self.lines if line.treatment is Purpose.INVENTORY]

    @cached_property
    def line_values(self) -> Mapping[int, Decimal]:
        """What each line is worth in the books' currency, by position. Raises what `PostableCase.converter` raises."""
        lines = self.lines
        values = self.case.converter().bases(line.line_total for line in lines)
        return {line.position: value for line, value in zip(lines, values, strict=True)}

    @cached_property
    def taxes(self) -> Sequence[PostableTax]:
        """The taxes, and the rules for them."""
        return _rows(self._taxes)

    def accounts(self, lines: Iterable[PostableLine]) -> AccountBook:
        """Where the figures of the case are booked, by the mappings of the lines' items too, where they have some."""
        items = {line.item_id for line in lines if line.item_id and line.has_item_mapping}
        of_items = send_mappings_of_items(self._key.tenant, list(items)).all() if items else ()
        return AccountBook([*self._mappings_of_case, *of_items])

    @cached_property
    def _mappings_of_case(self) -> Sequence[AccountMapping]:
        """Those that were asked for, else those asked for now."""
        return (self._mappings or send_mappings_of_case(self._key.tenant, self._key.case)).all()


def _rows(reply: Reply[RowT] | None) -> Sequence[RowT]:
    return reply.all() if reply else ()
