"""Where EN 16931's business terms stand in a UBL 2.1 Invoice or CreditNote (CEN/TS 16931-3-2).

Each row names a field, the kind of its value, the business term and its path. Amounts in the invoice currency are told
from those in the tax accounting currency by @currencyID.
"""

import re
from dataclasses import replace

from integrations_site.kernel.money import ZERO
from ledger.intake.document import (
    Delivery,
    InvoiceDocument,
    Note,
    PrecedingInvoice,
    References,
    Syntax,
    TaxBreakdown,
    TaxPoint,
    Totals,
)
from ledger.intake.fields import Constant, Every, Joined, group, identifier, lines, many, one, term
from ledger.intake.line import Period
from ledger.intake.payment import DirectDebit, PaymentMeans
from ledger.intake.supporting import Attachment, SupportingDocument
from ledger.intake.ubl.lines import ALLOWANCE, CHARGE, LINE, allowance_charge
from ledger.intake.ubl.parties import BUYER, PAYEE, SELLER, SEPA, TAX_REPRESENTATIVE, address
from ledger.intake.values import (
    amount,
    base64,
    choice,
    code,
    credit_note_type,
    currency,
    document_type,
    name,
    tax_rate,
    text,
    xsd_date,
)

_TAX = "cac:TaxTotal/cbc:TaxAmount[not(@currencyID!=$currency)]"
_ACCOUNTING_TAX = "cac:TaxTotal/cbc:TaxAmount[@currencyID=$tax_currency][@currencyID!=$currency]"
_SUBTOTAL = "cac:TaxTotal[not(cbc:TaxAmount/@currencyID!=$currency)]/cac:TaxSubtotal"
_TAX_POINTS = {"3": TaxPoint.INVOICE_DATE, "35": TaxPoint.DELIVERY_DATE, "432": TaxPoint.PAYMENT_DATE}  # UNTDID 2005
_ALL_LINES = (
    "cac:InvoiceLine | cac:InvoiceLine//cac:SubInvoiceLine"
    " | cac:CreditNoteLine | cac:CreditNoteLine//cac:SubCreditNoteLine"
)
_TYPE = "cac:AdditionalDocumentReference[normalize-space(cbc:DocumentTypeCode)='{}']/cbc:ID"
_SUPPORTING = (
    "cac:AdditionalDocumentReference[normalize-space(cbc:DocumentTypeCode)!='130']"
    "[not(/cn:CreditNote and normalize-space(cbc:DocumentTypeCode)='50')]"
)
_ORDER = "not(cbc:SalesOrderID) or normalize-space(cbc:ID)!='NA'"  # UBL demands an ID there; NA fills its place
_EMBEDDED = "cac:Attachment/cbc:EmbeddedDocumentBinaryObject"

_NOTE = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)


def _note(written: str) -> Note:
    """UBL has no element for a note's subject: the code stands before the text, as in #AAI#General information."""
    coded = _NOTE.fullmatch(written.strip())
    return Note(subject_code=coded[1], text=text(coded[2])) if coded else Note(text=text(written))


TOTALS = group(
    Totals,
    line_total=term(amount, "BT-106", "cac:LegalMonetaryTotal/cbc:LineExtensionAmount", required=True),
    allowance_total=term(amount, "BT-107", "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount", default=ZERO),
    charge_total=term(amount, "BT-108", "cac:LegalMonetaryTotal/cbc:ChargeTotalAmount", default=ZERO),
    tax_exclusive=term(amount, "BT-109", "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount", required=True),
    tax=term(amount, "BT-110", _TAX, default=ZERO),
    tax_in_accounting_currency=term(amount, "BT-111", _ACCOUNTING_TAX),
    tax_inclusive=term(amount, "BT-112", "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount", required=True),
    prepaid=term(amount, "BT-113", "cac:LegalMonetaryTotal/cbc:PrepaidAmount", default=ZERO),
    rounding=term(amount, "BT-114", "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount", default=ZERO),
    payable=term(amount, "BT-115", "cac:LegalMonetaryTotal/cbc:PayableAmount", required=True),
)

TAX = group(
    TaxBreakdown,
    taxable=term(amount, "BT-116", "cbc:TaxableAmount", required=True),
    amount=term(amount, "BT-117", "cbc:TaxAmount", required=True),
    category=term(code, "BT-118", "cac:TaxCategory/cbc:ID", required=True),
    rate=term(tax_rate, "BT-119", "cac:TaxCategory/cbc:Percent"),
    exemption_reason=term(text, "BT-120", "cac:TaxCategory/cbc:TaxExemptionReason", kind=Joined),
    exemption_code=term(code, "BT-121", "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
)

REFERENCES = group(
    References,
    project=term(code, "BT-11", "cac:ProjectReference/cbc:ID", "/cn:CreditNote/" + _TYPE.format(50)),
    contract=term(code, "BT-12", "cac:ContractDocumentReference/cbc:ID"),
    sales_order=term(code, "BT-14", "cac:OrderReference/cbc:SalesOrderID"),
    receiving_advice=term(code, "BT-15", "cac:ReceiptDocumentReference/cbc:ID"),
    despatch_advice=term(code, "BT-16", "cac:DespatchDocumentReference/cbc:ID"),
    tender=term(code, "BT-17", "cac:OriginatorDocumentReference/cbc:ID"),
    invoiced_object=identifier("BT-18", _TYPE.format(130)),
)

DELIVERY = group(
    Delivery,
    name=term(name, "BT-70", "cac:DeliveryParty/cac:PartyName/cbc:Name"),
    location=identifier("BT-71", "cac:DeliveryLocation/cbc:ID"),
    delivery_date=term(xsd_date, "BT-72", "cbc:ActualDeliveryDate"),
    address=address("BG-15", "cac:DeliveryLocation/cac:Address", "BT-75 BT-76 BT-165 BT-77 BT-78 BT-79 BT-80"),
)

PAYMENT = group(
    PaymentMeans,
    code=term(code, "BT-81", "cbc:PaymentMeansCode", required=True),
    text=term(name, "BT-82", "cbc:PaymentMeansCode/@name"),
    account=term(code, "BT-84", "cac:PayeeFinancialAccount/cbc:ID"),
    account_name=term(name, "BT-85", "cac:PayeeFinancialAccount/cbc:Name"),
    bank=term(code, "BT-86", "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID"),
    card_number=term(code, "BT-87", "cac:CardAccount/cbc:PrimaryAccountNumberID"),
    card_holder=term(name, "BT-88", "cac:CardAccount/cbc:HolderName"),
)

DIRECT_DEBIT = group(
    DirectDebit,
    mandate=term(code, "BT-89", "cac:PaymentMeans/cac:PaymentMandate/cbc:ID"),
    creditor=term(
        code,
        "BT-90",
        f"cac:AccountingSupplierParty/cac:Party/cac:PartyIdentification/cbc:ID[{SEPA}]",
        f"cac:PayeeParty/cac:PartyIdentification/cbc:ID[{SEPA}]",
    ),
    debited_account=term(code, "BT-91", "cac:PaymentMeans/cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID"),
)

SUPPORTING_DOCUMENT = group(
    SupportingDocument,
    reference=term(code, "BT-122", "cbc:ID", required=True),
    description=term(text, "BT-123", "cbc:DocumentDescription", kind=Joined),
    location=term(text, "BT-124", "cac:Attachment/cac:ExternalReference/cbc:URI"),
    attachment=one(
        "BG-24",
        _EMBEDDED,
        group(
            Attachment,
            filename=term(name, "BT-125", "@filename"),
            mime_code=term(code, "BT-125", "@mimeCode"),
            base64=term(base64, "BT-125", ".", required=True),
        ),
    ),
)

INVOICE = group(
    InvoiceDocument,
    syntax=Constant(Syntax.UBL),
    specification=term(code, "BT-24", "cbc:CustomizationID"),
    process=term(code, "BT-23", "cbc:ProfileID"),
    number=term(code, "BT-1", "cbc:ID", required=True),
    issue_date=term(xsd_date, "BT-2", "cbc:IssueDate", required=True),
    type_code=term(document_type, "BT-3", "cbc:InvoiceTypeCode", required=True),
    currency=term(currency, "BT-5", "cbc:DocumentCurrencyCode", required=True),
    tax_currency=term(currency, "BT-6", "cbc:TaxCurrencyCode"),
    tax_point_date=term(xsd_date, "BT-7", "cbc:TaxPointDate"),
    tax_point=term(choice(_TAX_POINTS), "BT-8", "cac:InvoicePeriod/cbc:DescriptionCode"),
    due_date=term(xsd_date, "BT-9", "cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate"),
    period=one(
        "BG-14",
        "cac:InvoicePeriod",
        group(Period, start=term(xsd_date, "BT-73", "cbc:StartDate"), end=term(xsd_date, "BT-74", "cbc:EndDate")),
    ),
    buyer_reference=term(code, "BT-10", "cbc:BuyerReference"),
    order_reference=term(code, "BT-13", f"cac:OrderReference[{_ORDER}]/cbc:ID"),
    buyer_accounting_reference=term(code, "BT-19", "cbc:AccountingCost"),
    references=REFERENCES,
    preceding_invoices=many(
        "BG-3",
        "cac:BillingReference/cac:InvoiceDocumentReference",
        group(
            PrecedingInvoice,
            number=term(code, "BT-25", "cbc:ID", required=True),
            issue_date=term(xsd_date, "BT-26", "cbc:IssueDate"),
        ),
    ),
    notes=term(_note, "BT-22", "cbc:Note", kind=Every),
    seller=one("BG-4", "cac:AccountingSupplierParty/cac:Party", SELLER, required=True),
    buyer=one("BG-7", "cac:AccountingCustomerParty/cac:Party", BUYER, required=True),
    payee=one("BG-10", "cac:PayeeParty", PAYEE),
    tax_representative=one("BG-11", "cac:TaxRepresentativeParty", TAX_REPRESENTATIVE),
    delivery=one("BG-13", "cac:Delivery", DELIVERY),
    payment_terms=term(text, "BT-20", "cac:PaymentTerms/cbc:Note", kind=Joined),
    payment_means=many("BG-16", "cac:PaymentMeans", PAYMENT),
    payment_reference=term(code, "BT-83", "cac:PaymentMeans/cbc:PaymentID", kind=Joined),
    direct_debit=one("BG-19", ".", DIRECT_DEBIT),
    lines=lines("BG-25", _ALL_LINES, LINE, name="cbc:ID"),
    allowances=many("BG-20", ALLOWANCE, allowance_charge("BT-92 BT-93 BT-94 BT-97 BT-98 BT-95 BT-96")),
    charges=many("BG-21", CHARGE, allowance_charge("BT-99 BT-100 BT-101 BT-104 BT-105 BT-102 BT-103")),
    taxes=many("BG-23", _SUBTOTAL, TAX),
    totals=TOTALS,
    supporting_documents=many("BG-24", _SUPPORTING, SUPPORTING_DOCUMENT),
)

CREDIT_NOTE = replace(
    INVOICE,
    fields={
        **INVOICE.fields,
        "type_code": term(credit_note_type, "BT-3", "cbc:CreditNoteTypeCode", required=True),
    },
)
