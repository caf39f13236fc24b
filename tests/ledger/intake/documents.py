"""A Hypothesis strategy for whole documents."""

from typing import Any

from hypothesis import strategies as st

from ledger.intake import Syntax
from ledger.intake.codes import CREDIT_NOTE_TYPES, INVOICE_TYPES
from ledger.intake.document import (
    Delivery,
    InvoiceDocument,
    Note,
    PrecedingInvoice,
    References,
    TaxPoint,
    Totals,
)
from ledger.intake.payment import DirectDebit
from tests.ledger.intake.strategies import (
    ADDRESSES,
    AMOUNTS,
    BUYERS,
    CURRENCIES,
    DAYS,
    IDENTIFIERS,
    LINES,
    MEANS,
    PAYEES,
    PERIODS,
    REPRESENTATIVES,
    SELLERS,
    SUPPORTING,
    TAXES,
    TEXT,
    WORDS,
    adjustments,
    maybe,
    several,
    unless_blank,
)


@st.composite
def documents(draw: st.DrawFn) -> InvoiceDocument:
    """An invoice or a credit note in which everything may be stated, whether or not its figures agree."""
    currency = draw(CURRENCIES)
    tax_currency = draw(maybe(CURRENCIES.filter(lambda other: other != currency)))
    stated: dict[str, Any] = {**draw(_HEADS), **draw(_PARTIES), **draw(_PAYMENTS), **draw(_BILLED)}
    return InvoiceDocument(
        syntax=draw(st.sampled_from(Syntax)),
        currency=currency,
        tax_currency=tax_currency,
        totals=draw(_totals(tax_currency)),
        **stated,
    )


def _references() -> st.SearchStrategy[References]:
    return st.builds(
        References,
        project=maybe(WORDS),
        contract=maybe(WORDS),
        sales_order=maybe(WORDS),
        receiving_advice=maybe(WORDS),
        despatch_advice=maybe(WORDS),
        tender=maybe(WORDS),
        invoiced_object=maybe(IDENTIFIERS),
    )


def _deliveries() -> st.SearchStrategy[Delivery | None]:
    return unless_blank(
        st.builds(
            Delivery,
            name=maybe(WORDS),
            location=maybe(IDENTIFIERS),
            delivery_date=maybe(DAYS),
            address=unless_blank(ADDRESSES),
        )
    )


def _direct_debits() -> st.SearchStrategy[DirectDebit | None]:
    return unless_blank(
        st.builds(DirectDebit, mandate=maybe(WORDS), creditor=maybe(WORDS), debited_account=maybe(WORDS))
    )


def _totals(tax_currency: str | None) -> st.SearchStrategy[Totals]:
    return st.builds(
        Totals,
        line_total=AMOUNTS,
        allowance_total=AMOUNTS,
        charge_total=AMOUNTS,
        tax_exclusive=AMOUNTS,
        tax=AMOUNTS,
        tax_in_accounting_currency=maybe(AMOUNTS) if tax_currency else st.none(),
        tax_inclusive=AMOUNTS,
        prepaid=AMOUNTS,
        rounding=AMOUNTS,
        payable=AMOUNTS,
    )


_HEADS = st.fixed_dictionaries(
    {
        "specification": maybe(WORDS),
        "process": maybe(WORDS),
        "number": WORDS,
        "issue_date": DAYS,
        "type_code": st.sampled_from(sorted(INVOICE_TYPES)) | st.sampled_from(sorted(CREDIT_NOTE_TYPES)),
        "tax_point_date": maybe(DAYS),
        "tax_point": maybe(st.sampled_from(TaxPoint)),
        "due_date": maybe(DAYS),
        "period": PERIODS,
        "buyer_reference": maybe(WORDS),
        "order_reference": maybe(WORDS),
        "buyer_accounting_reference": maybe(WORDS),
        "references": _references(),
        "preceding_invoices": several(st.builds(PrecedingInvoice, number=WORDS, issue_date=maybe(DAYS))),
        "notes": several(st.builds(Note, subject_code=maybe(st.sampled_from(["AAI", "REG"])), text=TEXT)),
    }
)
_PARTIES = st.fixed_dictionaries(
    {
        "seller": SELLERS,
        "buyer": BUYERS,
        "payee": maybe(PAYEES),
        "tax_representative": maybe(REPRESENTATIVES),
        "delivery": _deliveries(),
    }
)
_PAYMENTS = st.fixed_dictionaries(
    {
        "payment_terms": maybe(TEXT),
        "payment_means": several(MEANS, least=1),
        "payment_reference": maybe(WORDS),
        "direct_debit": _direct_debits(),
    }
)
_BILLED = st.fixed_dictionaries(
    {
        "lines": several(LINES, 3, least=1),
        "allowances": several(adjustments(is_charge=False, taxed=True)),
        "charges": several(adjustments(is_charge=True, taxed=True)),
        "taxes": several(TAXES, least=1),
        "supporting_documents": several(SUPPORTING),
    }
)
