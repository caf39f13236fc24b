"""Why a posting, a rollback, a stock change or a payment is refused. Each says in `details["next_step"]` what to do."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from integrations_site.kernel.errors import ConflictError, UnprocessableError


class CaseNotApprovedError(ConflictError):
    """The case is not approved, so nothing of it may be booked."""

    code = "CASE_NOT_APPROVED"


class AlreadyPostedError(ConflictError):
    """The system holds the case already."""

    code = "ALREADY_POSTED"


class DuplicateBillError(ConflictError):
    """There is a bill for this invoice already."""

    code = "DUPLICATE_BILL"


class PeriodLockedError(ConflictError):
    """The books are closed for the day."""

    code = "PERIOD_LOCKED"


class NotPostedError(ConflictError):
    """The system does not hold the case, so there is nothing to roll back."""

    code = "NOT_POSTED"


class StockConsumedError(ConflictError):
    """What the case brought in was used since."""

    code = "STOCK_CONSUMED"


class BillPaidError(ConflictError):
    """The bill is paid."""

    code = "BILL_PAID"


class BillNotOpenError(ConflictError):
    """The bill is not open, so it cannot be paid."""

    code = "BILL_NOT_OPEN"


class AccountNotFoundError(UnprocessableError):
    """No account is mapped for a purpose, or the mapped one is inactive."""

    code = "ACCOUNT_NOT_FOUND"


class UnbalancedEntryError(UnprocessableError):
    """The amounts of the document do not add up, so its entry would not balance."""

    code = "UNBALANCED_ENTRY"


class InsufficientStockError(UnprocessableError):
    """More would go out than there is."""

    code = "INSUFFICIENT_STOCK"


class AmountOutOfRangeError(UnprocessableError):
    """An amount is larger than the books can hold."""

    code = "AMOUNT_OUT_OF_RANGE"


class LinesRefusedError(UnprocessableError):
    """Lines of the case cannot go into stock; `problems` has one sentence for each SKU.

    The code is SKU_MAPPING_NOT_FOUND as soon as one SKU is unknown, else that of the first problem.
    """

    code = "SKU_MAPPING_NOT_FOUND"

    def __init__(self, code: str, problems: Sequence[str], *, next_step: str) -> None:
        shown = "; ".join(problems[:3]) + (f"; and {len(problems) - 3} more" if len(problems) > 3 else "")
        super().__init__(shown, code=code, details={"errors": list(problems), "next_step": next_step})
        self.problems = tuple(problems)


def plain(figure: Decimal) -> str:
    """A figure for people: without zeros at its end, however many decimals its column has."""
    return f"{figure.normalize():f}"


def details(next_step: str, **figures: Any) -> Mapping[str, Any]:
    """What goes into an error's details: the figures, and what to do."""
    return {**figures, "next_step": next_step}
