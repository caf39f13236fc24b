"""What a tenant's ledger is waiting for, at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from ledger.models import Bill, Case, CaseCount, CaseStatus, LedgerSettings

_REVIEWS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many cases have a status."""

    status: str
    label: str
    total: int


@dataclass(frozen=True, slots=True)
class Review:
    """A case that needs a person, why, and what to do next."""

    case_id: str
    invoice_number: str
    vendor: str
    code: str
    cause: str
    next_step: str


@dataclass(frozen=True, slots=True)
class OpenBills:
    """What is owed to vendors, in the tenant's currency; of it, what is past its due date."""

    currency: str
    count: int
    amount: Decimal
    overdue_count: int
    overdue_amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerOverview:
    """The ledger of the tenant in scope at a glance."""

    cases: Sequence[StatusCount]
    reviews: Sequence[Review]
    open_bills: OpenBills

    @property
    def is_empty(self) -> bool:
        """Whether the tenant has no case at all yet."""
        return not any(count.total for count in self.cases)


def overview() -> LedgerOverview:
    """The ledger of the tenant in scope; the number of statements is constant."""
    return LedgerOverview(cases=_counts(), reviews=_reviews(), open_bills=_open_bills())


def _counts() -> list[StatusCount]:
    found = dict(CaseCount.objects.filter(tenant_id=scope.tenant_id()).values_list("status", "total"))
    return [StatusCount(status.value, str(status.label), found.get(status.value, 0)) for status in CaseStatus]


def _reviews() -> list[Review]:
    cases = Case.objects.filter(status=CaseStatus.NEEDS_REVIEW).select_related("vendor").order_by("-created_at", "-id")
    return [_review(case) for case in cases[:_REVIEWS_SHOWN]]


def _review(case: Case) -> Review:
    said = case.review or {}
    return Review(
        case_id=case.public_id,
        invoice_number=case.invoice_number,
        vendor=case.vendor.name,
        code=said.get("code", ""),
        cause=said.get("message", ""),
        next_step=said.get("next_step", ""),
    )


def _open_bills() -> OpenBills:
    overdue = Q(due_date__lt=clock.now().date())
    sums = Bill.objects.filter(status=Bill.Status.OPEN).aggregate(
        count=Count("id"),
        amount=Sum("base_amount", default=Decimal(0)),
        overdue_count=Count("id", filter=overdue),
        overdue_amount=Sum("base_amount", filter=overdue, default=Decimal(0)),
    )
    return OpenBills(currency=LedgerSettings.objects.get().currency, **sums)
