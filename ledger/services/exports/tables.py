"""Many approved cases as one table, streamed by the database."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Case as Choice
from django.db.models import F, QuerySet, Value, When

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.files.spreadsheets import Harmless, PublicIdText, copied
from integrations_site.kernel.money import MINOR_DIGITS
from ledger.models import Case, CaseKind
from ledger.services.exports.cases import EXPORTABLE

_USUAL_DIGITS = 2


class Rounded(models.Func):
    """An amount with so many decimals, zeros at the end included."""

    function = "round"
    output_field = models.TextField()


def _amount(column: str) -> Rounded:
    """As `figures.amount` writes it, in SQL."""
    signed = Choice(When(kind=CaseKind.CREDIT_NOTE, then=-F(column)), default=F(column), output_field=_DECIMAL)
    return Rounded(signed, _DIGITS)


_DECIMAL = models.DecimalField(max_digits=18, decimal_places=3)
_DIGITS = Choice(
    *(
        When(currency__in=[code for code, found in MINOR_DIGITS.items() if found == digits], then=Value(digits))
        for digits in sorted(set(MINOR_DIGITS.values()) - {_USUAL_DIGITS})
    ),
    default=Value(_USUAL_DIGITS),
)
COLUMNS: dict[str, Any] = {
    "case_id": PublicIdText("id", kind=Case.id_kind),
    "invoice_number": Harmless("invoice_number"),
    "invoice_date": F("invoice_date"),
    "vendor_name": Harmless("vendor__name"),
    "subtotal": _amount("subtotal"),
    "tax": _amount("tax"),
    "total": _amount("total"),
    "currency": F("currency"),
    "kind": F("kind"),
    "status": F("status"),
}


@transaction.atomic
def export_table(*, cases: QuerySet[Case], criteria: Mapping[str, Any], actor: Actor) -> Iterator[bytes]:
    """Those of `cases` that have been approved, as CSV; `criteria` say for the audit trail how they were chosen."""
    announce(action="cases.exported", actor=actor, data={"criteria": dict(criteria)})
    chosen = cases.filter(status__in=EXPORTABLE)
    return copied(list(COLUMNS), chosen.values_list(*COLUMNS.values()))
