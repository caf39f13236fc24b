"""Vendors, items and cases, made through the ledger's services in the tenant in scope."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from integrations_site.audit.types import Actor
from ledger.models import Case, Vendor
from ledger.services.approvals import approve_case, submit_case
from ledger.services.cases import create_case
from ledger.services.ledger_settings import update_settings
from ledger.services.vendors import VendorInput, create_vendor
from ledger.types import CaseInput, LineInput

CLERK = Actor("user-clerk", "clerk@example.com")
CHIEF = Actor("user-chief", "chief@example.com")
_numbers = itertools.count(1)


def make_vendor(**fields: Any) -> Vendor:
    """A confirmed vendor without payment terms of its own."""
    values: dict[str, Any] = {"name": f"Vendor {next(_numbers)}"}
    return create_vendor(data=VendorInput(**(values | fields)), actor=CLERK)


def make_line(total: str | Decimal = "1000.00", *, quantity: str | Decimal = "10", **fields: Any) -> LineInput:
    """A line of `quantity` widgets that come to `total`."""
    amount, count = Decimal(total), Decimal(quantity)
    values: dict[str, Any] = {
        "sku": "WIDGET-1",
        "description": "Widget",
        "quantity": count,
        "unit_price": amount / count,
        "line_total": amount,
    }
    return LineInput(**(values | fields))


def case_input(vendor: Vendor, *lines: LineInput, tax: str | Decimal = "0", **fields: Any) -> CaseInput:
    """What a case is made of: the lines (else one of 1,000.00), and the tax on top."""
    chosen = lines or (make_line(),)
    subtotal = sum((line.line_total for line in chosen), Decimal(0))
    values: dict[str, Any] = {
        "vendor_id": vendor.id,
        "invoice_number": f"INV-{next(_numbers)}",
        "invoice_date": dt.date(2026, 1, 20),
        "currency": "USD",
        "subtotal": subtotal,
        "tax": Decimal(tax),
        "total": subtotal + Decimal(tax),
        "lines": tuple(chosen),
    }
    return CaseInput(**(values | fields))


def make_case(vendor: Vendor | None = None, *lines: LineInput, tax: str | Decimal = "0", **fields: Any) -> Case:
    """A draft."""
    return create_case(data=case_input(vendor or make_vendor(), *lines, tax=tax, **fields), actor=CLERK)


def make_approved_case(
    vendor: Vendor | None = None, *lines: LineInput, tax: str | Decimal = "0", **fields: Any
) -> Case:
    """A case that one person submitted and another approved."""
    case = make_case(vendor, *lines, tax=tax, **fields)
    submit_case(case_id=case.id, actor=CLERK)
    return approve_case(case_id=case.id, actor=CHIEF, is_admin=True)


def set_settings(**changes: Any) -> None:
    """Changes the tenant's ledger settings."""
    update_settings(changes=changes, actor=CHIEF)
