"""Where EN 16931's business terms stand in a UN/CEFACT Cross Industry Invoice, D16B (CEN/TS 16931-3-3).

Each row names a field, the kind of its value, the business term and its path.
"""

from integrations_site.kernel.money import ZERO
from ledger.intake.cii.lines import ALLOWANCE, CHARGE, DATE, LINE, LINE_ID, allowance_charge
from ledger.intake.cii.parties import BUYER, PAYEE, SELLER, TAX_REPRESENTATIVE, address
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
from ledger.intake.fields import Constant, Joined, group, identifier, lines, many, one, term
from ledger.intake.line import Period
from ledger.intake.payment import DirectDebit, PaymentMeans
from ledger.intake.supporting import Attachment, SupportingDocument
from ledger.intake.values import amount, base64, choice, cii_date, code, currency, document_type, name, tax_rate, text

_CONTEXT = "rsm:ExchangedDocumentContext"
_HEADER = "rsm:ExchangedDocument"
_TRANSACTION = "rsm:SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
_DELIVERY = f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery"
_SETTLEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement"
_TERMS = f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms"
_MEANS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
_PAYEE_ACCOUNT = "ram:PayeePartyCreditorFinancialAccount"
_SHIP_TO = "ram:ShipToTradeParty"
_CARD = "ram:ApplicableTradeSettlementFinancialCard"
_TAX = f"{_SETTLEMENT}/ram:ApplicableTradeTax"
_SUMS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_TYPED = f"{_AGREEMENT}/ram:AdditionalReferencedDocument[normalize-space(ram:TypeCode)='{{}}']/ram:IssuerAssignedID"
_SUPPORTING = (  # 50 is a tender (BT-17), 130 an invoiced object (BT-18)
    f"{_AGREEMENT}/ram:AdditionalReferencedDocument"
    "[normalize-space(ram:TypeCode)!='50'][normalize-space(ram:TypeCode)!='130']"
)
_TAX_POINTS = {"5": TaxPoint.INVOICE_DATE, "29": TaxPoint.DELIVERY_DATE, "72": TaxPoint.PAYMENT_DATE}  # UNTDID 2475

TOTALS = group(
    Totals,
    line_total=term(amount, "BT-106", f"{_SUMS}/ram:LineTotalAmount", required=True),
    allowance_total=term(amount, "BT-107", f"{_SUMS}/ram:AllowanceTotalAmount", default=ZERO),
    charge_total=term(amount, "BT-108", f"{_SUMS}/ram:ChargeTotalAmount", default=ZERO),
    tax_exclusive=term(amount, "BT-109", f"{_SUMS}/ram:TaxBasisTotalAmount", required=True),
    tax=term(amount, "BT-110", f"{_SUMS}/ram:TaxTotalAmount[not(@currencyID!=$currency)]", default=ZERO),
    tax_in_accounting_currency=term(
        amount, "BT-111", f"{_SUMS}/ram:TaxTotalAmount[@currencyID=$tax_currency][@currencyID!=$currency]"
    ),
    tax_inclusive=term(amount, "BT-112", f"{_SUMS}/ram:GrandTotalAmount", required=True),
    prepaid=term(amount, "BT-113", f"{_SUMS}/ram:TotalPrepaidAmount", default=ZERO),
    rounding=term(amount, "BT-114", f"{_SUMS}/ram:RoundingAmount", default=ZERO),
    payable=term(amount, "BT-115", f"{_SUMS}/ram:DuePayableAmount", required=True),
)

TAX = group(
    TaxBreakdown,
    taxable=term(amount, "BT-116", "ram:BasisAmount", required=True),
    amount=term(amount, "BT-117", "ram:CalculatedAmount", required=True),
    category=term(code, "BT-118", "ram:CategoryCode", required=True),
    rate=term(tax_rate, "BT-119", "ram:RateApplicablePercent"),
    exemption_reason=term(text, "BT-120", "ram:ExemptionReason"),
    exemption_code=term(code, "BT-121", "ram:ExemptionReasonCode"),
)

REFERENCES = group(
    References,
    project=term(code, "BT-11", f"{_AGREEMENT}/ram:SpecifiedProcuringProject/ram:ID"),
    contract=term(code, "BT-12", f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID"),
    sales_order=term(code, "BT-14", f"{_AGREEMENT}/ram:SellerOrderReferencedDocument/ram:IssuerAssignedID"),
    receiving_advice=term(code, "BT-15", f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID"),
    despatch_advice=term(code, "BT-16", f"{_DELIVERY}/ram:DespatchAdviceReferencedDocument/ram:IssuerAssignedID"),
    tender=term(code, "BT-17", _TYPED.format(50)),
    invoiced_object=identifier("BT-18", _TYPED.format(130), scheme="../ram:ReferenceTypeCode"),
)

DELIVERY = group(
    Delivery,
    name=term(name, "BT-70", f"{_SHIP_TO}/ram:Name"),
    location=identifier("BT-71", f"{_SHIP_TO}/ram:ID | {_SHIP_TO}/ram:GlobalID"),
    delivery_date=term(cii_date, "BT-72", f"ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/{DATE}"),
    address=address("BG-15", f"{_SHIP_TO}/ram:PostalTradeAddress", "BT-75 BT-76 BT-165 BT-77 BT-78 BT-79 BT-80"),
)

PAYMENT = group(
    PaymentMeans,
    code=term(code, "BT-81", "ram:TypeCode", required=True),
    text=term(name, "BT-82", "ram:Information"),
    account=term(code, "BT-84", f"{_PAYEE_ACCOUNT}/ram:IBANID", f"{_PAYEE_ACCOUNT}/ram:ProprietaryID"),
    account_name=term(name, "BT-85", f"{_PAYEE_ACCOUNT}/ram:AccountName"),
    bank=term(code, "BT-86", "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
    card_number=term(code, "BT-87", f"{_CARD}/ram:ID"),
    card_holder=term(name, "BT-88", f"{_CARD}/ram:CardholderName"),
)

DIRECT_DEBIT = group(
    DirectDebit,
    mandate=term(code, "BT-89", f"{_TERMS}/ram:DirectDebitMandateID"),
    creditor=term(code, "BT-90", f"{_SETTLEMENT}/ram:CreditorReferenceID"),
    debited_account=term(code, "BT-91", f"{_MEANS}/ram:PayerPartyDebtorFinancialAccount/ram:IBANID"),
)

SUPPORTING_DOCUMENT = group(
    SupportingDocument,
    reference=term(code, "BT-122", "ram:IssuerAssignedID", required=True),
    description=term(text, "BT-123", "ram:Name", kind=Joined),
    location=term(text, "BT-124", "ram:URIID"),
    attachment=one(
        "BG-24",
        "ram:AttachmentBinaryObject",
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
    syntax=Constant(Syntax.CII),
    specification=term(code, "BT-24", f"{_CONTEXT}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"),
    process=term(code, "BT-23", f"{_CONTEXT}/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
    number=term(code, "BT-1", f"{_HEADER}/ram:ID", required=True),
    issue_date=term(cii_date, "BT-2", f"{_HEADER}/ram:IssueDateTime/{DATE}", required=True),
    type_code=term(document_type, "BT-3", f"{_HEADER}/ram:TypeCode", required=True),
    currency=term(currency, "BT-5", f"{_SETTLEMENT}/ram:InvoiceCurrencyCode", required=True),
    tax_currency=term(currency, "BT-6", f"{_SETTLEMENT}/ram:TaxCurrencyCode"),
    tax_point_date=term(cii_date, "BT-7", f"{_TAX}/ram:TaxPointDate/udt:DateString"),
    tax_point=term(choice(_TAX_POINTS), "BT-8", f"{_TAX}/ram:DueDateTypeCode"),
    due_date=term(cii_date, "BT-9", f"{_TERMS}/ram:DueDateDateTime/{DATE}"),
    period=one(
        "BG-14",
        f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod",
        group(
            Period,
            start=term(cii_date, "BT-73", f"ram:StartDateTime/{DATE}"),
            end=term(cii_date, "BT-74", f"ram:EndDateTime/{DATE}"),
        ),
    ),
    buyer_reference=term(code, "BT-10", f"{_AGREEMENT}/ram:BuyerReference"),
    order_reference=term(code, "BT-13", f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
    buyer_accounting_reference=term(
        code, "BT-19", f"{_SETTLEMENT}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"
    ),
    references=REFERENCES,
    preceding_invoices=many(
        "BG-3",
        f"{_SETTLEMENT}/ram:InvoiceReferencedDocument",
        group(
            PrecedingInvoice,
            number=term(code, "BT-25", "ram:IssuerAssignedID", required=True),
            issue_date=term(cii_date, "BT-26", "ram:FormattedIssueDateTime/qdt:DateTimeString"),
        ),
    ),
    notes=many(
        "BG-1",
        f"{_HEADER}/ram:IncludedNote",
        group(
            Note,
            subject_code=term(code, "BT-21", "ram:SubjectCode"),
            text=term(text, "BT-22", "ram:Content", kind=Joined, required=True),
        ),
    ),
    seller=one("BG-4", f"{_AGREEMENT}/ram:SellerTradeParty", SELLER, required=True),
    buyer=one("BG-7", f"{_AGREEMENT}/ram:BuyerTradeParty", BUYER, required=True),
    payee=one("BG-10", f"{_SETTLEMENT}/ram:PayeeTradeParty", PAYEE),
    tax_representative=one("BG-11", f"{_AGREEMENT}/ram:SellerTaxRepresentativeTradeParty", TAX_REPRESENTATIVE),
    delivery=one("BG-13", _DELIVERY, DELIVERY),
    payment_terms=term(text, "BT-20", f"{_TERMS}/ram:Description", kind=Joined),
    payment_means=many("BG-16", _MEANS, PAYMENT),
    payment_reference=term(code, "BT-83", f"{_SETTLEMENT}/ram:PaymentReference"),
    direct_debit=one("BG-19", ".", DIRECT_DEBIT),
    lines=lines("BG-25", f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem", LINE, name=LINE_ID),
    allowances=many(
        "BG-20", f"{_SETTLEMENT}/{ALLOWANCE}", allowance_charge("BT-92 BT-93 BT-94 BT-97 BT-98 BT-95 BT-96")
    ),
    charges=many(
        "BG-21", f"{_SETTLEMENT}/{CHARGE}", allowance_charge("BT-99 BT-100 BT-101 BT-104 BT-105 BT-102 BT-103")
    ),
    taxes=many("BG-23", _TAX, TAX),
    totals=TOTALS,
    supporting_documents=many("BG-24", _SUPPORTING, SUPPORTING_DOCUMENT),
)
