"""Cases: recorded, edited while nobody has to rely on them, and removed as drafts."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.files.services import delete as delete_file
from integrations_site.kernel.errors import ConflictError
from ledger.models import Case, CaseStatus, CaseTax, LineItem
from ledger.services.case_amounts import settled
from ledger.services.changes import difference
from ledger.services.transitions import EDITABLE, decide, keep, lock_case
from ledger.services.vendors import usable_vendor
from ledger.types import CaseInput, LineInput, TaxInput

_ROWS = {"lines", "taxes"}
# A change of one of these makes the amounts the editor's word: they must agree.
_WEIGHED = _ROWS | {"currency", "subtotal", "tax", "total", "prepaid", "rounding", "payable"}
_COLUMNS = tuple(field.name for field in fields(CaseInput) if field.name not in _ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a case comes from: what kind of source, the file's hash, and what does not add up in it."""

    source: str = "api"
    sha256: str = ""
    differences: Sequence[Mapping[str, Any]] = ()


class NotEditableError(ConflictError):
    """The case is past the point where it may be changed."""

    code = "CASE_NOT_EDITABLE"


@transaction.atomic
def create_case(*, data: CaseInput, actor: Actor) -> Case:
    """A new draft whose amounts agree.

    Raises VendorNotFoundError, and whatever `case_amounts.settled` raises.
    """
    return record_case(data=settled(data), origin=Origin(), actor=actor)


@transaction.atomic
def record_case(*, data: CaseInput, origin: Origin, actor: Actor) -> Case:
    """Writes a draft as it is: `payable` and `taxes` are given, and what does not add up is in `origin.differences`.

    The number of statements does not depend on the number of lines. Raises VendorNotFoundError.
    """
    vendor = usable_vendor(data.vendor_id)
    case = Case(
        source=origin.source,
        source_sha256=origin.sha256,
        differences=list(origin.differences),
        **{name: getattr(data, name) for name in _COLUMNS},
    )
    announce(
        action="case.created",
        actor=actor,
        subject=case.public_id,
        data={
            "invoice_number": data.invoice_number,
            "vendor_id": vendor.public_id,
            "total": str(data.total),
            "currency": data.currency,
            "lines": len(data.lines),
            "source": origin.source,
        },
    )
    case.save(force_insert=True)
    _write_rows(case, data)
    return case


@transaction.atomic
def update_case(*, case_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> Case:
    """Changes a draft; a rejected case becomes a draft again. `changes` holds fields of CaseInput.

    `payable` and `taxes` are computed anew with the amounts, unless they are given. Raises NotFoundError,
    NotEditableError, VendorNotFoundError, and whatever `case_amounts.settled` raises.
    """
    case = lock_case(case_id)
    if case.status not in EDITABLE:
        raise NotEditableError(
            f"The case is {case.status}; only drafts and rejected cases can be changed. Reopen it while it waits for "
            "approval; reject it once it is approved, after a rollback where it is posted",
            details={"status": case.status},
        )
    if changes.get("vendor_id", case.vendor_id) != case.vendor_id:
        usable_vendor(changes["vendor_id"])
    data = None if _WEIGHED.isdisjoint(changes) else _weighed(case, changes)
    columns = dict(changes) if data is None else {name: getattr(data, name) for name in _COLUMNS}
    told: dict[str, Any] = {"changed": difference(case, columns)}
    if data is not None:
        told["lines"] = len(data.lines)
    announce(action="case.updated", actor=actor, subject=case.public_id, data=told)
    _keep_as_draft(case, columns if data is None else columns | {"differences": []})
    if data is not None:
        case.line_items.all().delete()
        case.taxes.all().delete()
        _write_rows(case, data)
    return case


@transaction.atomic
def delete_case(*, case_id: uuid.UUID, actor: Actor) -> None:
    """Removes a draft and its files; the audit trail keeps what it was. Raises NotFoundError and NotEditableError."""
    case = lock_case(case_id)
    if case.status != CaseStatus.DRAFT or case.postings.exists():
        reason = (
            "was posted before and is part of the books" if case.status == CaseStatus.DRAFT else f"is {case.status}"
        )
        raise NotEditableError(f"The case {reason}; only drafts can be deleted", details={"status": case.status})
    announce(
        action="case.deleted",
        actor=actor,
        subject=case.public_id,
        data={"invoice_number": case.invoice_number, "total": str(case.total), "currency": case.currency},
    )
    files = [artifact.file for artifact in case.artifacts.select_related("file")]
    case.delete()
    for file in files:
        delete_file(file=file, actor=actor)


def as_input(case: Case) -> CaseInput:
    """The case as it was, or could be, handed in."""
    return CaseInput(
        lines=tuple(
            LineInput(**{field.name: getattr(line, field.name) for field in fields(LineInput)})
            for line in case.line_items.all()
        ),
        taxes=tuple(
            TaxInput(category=tax.category, rate=tax.rate, taxable=tax.taxable, amount=tax.amount)
            for tax in case.taxes.all()
        ),
        **{name: getattr(case, name) for name in _COLUMNS},
    )


def _weighed(case: Case, changes: Mapping[str, Any]) -> CaseInput:
    return settled(replace(as_input(case), **({"payable": None, "taxes": None} | dict(changes))))


def _keep_as_draft(case: Case, columns: Mapping[str, Any]) -> None:
    # Whatever was looked up for the old data (a rate, by currency and day) is looked up again.
    columns = {**columns, "exchange_rate": None}
    if case.status == CaseStatus.REJECTED:
        decide(case, CaseStatus.DRAFT, rejection_reason="", **columns)
    else:
        keep(case, **columns)


def _write_rows(case: Case, data: CaseInput) -> None:
    LineItem.objects.bulk_create(
        [
            LineItem(
                case=case, position=position, **{field.name: getattr(line, field.name) for field in fields(LineInput)}
            )
            for position, line in enumerate(data.lines, 1)
        ]
    )
    CaseTax.objects.bulk_create(
        [
            CaseTax(case=case, category=tax.category, rate=tax.rate, taxable=tax.taxable, amount=tax.amount)
            for tax in data.taxes or ()
        ]
    )
