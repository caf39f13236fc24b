"""Whether the books agree with what they stand for, and if not, which cases are the cause.

Accounts payable are the open bills and the vendors' balances; the stock account is the valuation. Each system keeps its
own side exact, so they can only differ by cases that are posted to one of two systems.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import ids, money
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import send
from ledger.models import Case, System
from ledger.services.ledger_settings import current_settings
from ledger.services.reports import reconciliation_sql as sql

_SHOWN = 100


class Cause(NamedTuple):
    """A case that the books and the other system value differently.

    `cases` is the number of all such cases, `systems` are those that hold this one.
    """

    case_id: uuid.UUID
    invoice_number: str
    booked: Decimal
    held: Decimal
    cases: int
    systems: Sequence[str]

    def body(self, system: System) -> dict[str, Any]:
        """The cause as callers get it."""
        missing = [each.value for each in (System.ACCOUNTING, system) if each not in self.systems]
        return {
            "case_id": ids.public(Case.id_kind, self.case_id),
            "invoice_number": self.invoice_number,
            "cause": f"not posted to {' and '.join(missing)}" if missing else "valued differently",
            "booked": self.booked,
            "held": self.held,
            "difference": self.booked - self.held,
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the books say, what others say of the same, and the cases that make the difference."""

    system: System
    account: Decimal
    others: dict[str, Decimal]
    causes: Sequence[Cause]

    @property
    def agrees(self) -> bool:
        """Whether all say the same."""
        return all(other == self.account for other in self.others.values()) and not self.causes

    def body(self) -> dict[str, Any]:
        """The comparison as callers get it."""
        return {
            "account": self.account,
            **self.others,
            "difference": max((self.account - other for other in self.others.values()), key=abs, default=money.ZERO),
            "agrees": self.agrees,
            "causes": [cause.body(self.system) for cause in self.causes],
            "causes_total": self.causes[0].cases if self.causes else 0,
        }


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Payables and stock, compared."""

    as_of: dt.date | None
    currency: str
    payables: Agreement
    stock: Agreement

    @property
    def agrees(self) -> bool:
        """Whether everything agrees."""
        return self.payables.agrees and self.stock.agrees

    def body(self) -> dict[str, Any]:
        """The report as callers get it."""
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "currency": self.currency,
            "agrees": self.agrees,
            "payables": self.payables.body(),
            "stock": self.stock.body(),
        }


class _Totals(NamedTuple):
    payables: Decimal
    stock: Decimal
    open_bills: Decimal
    moved: Decimal
    vendor_balances: Decimal
    item_values: Decimal


def reconcile(*, as_of: dt.date | None = None) -> Reconciliation:
    """Compares the books of the tenant in scope with bills and stock: on a day, or (None) all that was ever booked.

    The vendors' balances and the items' values, which are of now, are compared only without a day.
    """
    key = {"tenant": scope.tenant_id(), "as_of": as_of or dt.date.max}
    totals = send(sql.TOTALS, key, row=_Totals).first()
    assert totals is not None  # noqa: S101 - a query without FROM has one row
    payables, stock = {"open_bills": totals.open_bills}, {"valuation": totals.moved}
    if as_of is None:
        payables["vendor_balances"] = totals.vendor_balances
        stock["item_values"] = totals.item_values
    return Reconciliation(
        as_of=as_of,
        currency=current_settings().currency,
        payables=Agreement(System.AP, totals.payables, payables, _causes(sql.PAYABLES_CAUSES, key)),
        stock=Agreement(System.INVENTORY, totals.stock, stock, _causes(sql.STOCK_CAUSES, key)),
    )


def _causes(statement: str, key: dict[str, Any]) -> Sequence[Cause]:
    return send(statement, key | {"limit": _SHOWN}, row=Cause).all()
