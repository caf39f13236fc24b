"""Writes UN/CEFACT CII D16B, in the order of elements that its schema wants."""

from collections.abc import Iterator
from datetime import date

from lxml import etree

from ledger.intake.document import InvoiceDocument, TaxBreakdown, TaxPoint
from ledger.intake.party import Address, Party
from ledger.intake.payment import PaymentMeans
from ledger.intake.supporting import SupportingDocument
from tests.ledger.intake.writers.cii_lines import (
    NAMESPACES,
    allowance_charge,
    at,
    identified,
    ids,
    line,
    make,
    period,
    typed,
)
from tests.ledger.intake.writers.node import Element, document

_TAX_POINTS = {TaxPoint.INVOICE_DATE: "5", TaxPoint.DELIVERY_DATE: "29", TaxPoint.PAYMENT_DATE: "72"}


def write_cii(invoice: InvoiceDocument) -> bytes:
    """The document as a CrossIndustryInvoice."""
    parts = [
        make(
            "rsm:ExchangedDocumentContext",
            make("ram:BusinessProcessSpecifiedDocumentContextParameter", make("ram:ID", invoice.process)),
            make("ram:GuidelineSpecifiedDocumentContextParameter", make("ram:ID", invoice.specification)),
        ),
        _head(invoice),
        make(
            "rsm:SupplyChainTradeTransaction",
            [line(each) for each in invoice.lines],
            make("ram:ApplicableHeaderTradeAgreement", _agreement(invoice)),
            _mandatory("ram:ApplicableHeaderTradeDelivery", _delivery(invoice)),
            make("ram:ApplicableHeaderTradeSettlement", _settlement(invoice)),
        ),
    ]
    return document(f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice", NAMESPACES, parts)


def _mandatory(name: str, content: Iterator[Element]) -> Element:
    """The schema wants this element even where there is nothing in it."""
    made = make(name, content)
    return etree.Element(name.replace("ram:", f"{{{NAMESPACES['ram']}}}")) if made is None else made


def _head(invoice: InvoiceDocument) -> Element:
    return make(
        "rsm:ExchangedDocument",
        make("ram:ID", invoice.number),
        make("ram:TypeCode", invoice.type_code),
        at("ram:IssueDateTime", invoice.issue_date),
        [
            make("ram:IncludedNote", make("ram:Content", note.text), make("ram:SubjectCode", note.subject_code))
            for note in invoice.notes
        ],
    )


def _agreement(invoice: InvoiceDocument) -> Iterator[Element]:
    references = invoice.references
    yield make("ram:BuyerReference", invoice.buyer_reference)
    yield _party("ram:SellerTradeParty", invoice.seller)
    yield _party("ram:BuyerTradeParty", invoice.buyer)
    yield _party("ram:SellerTaxRepresentativeTradeParty", invoice.tax_representative)
    yield _referenced("ram:SellerOrderReferencedDocument", references.sales_order)
    yield _referenced("ram:BuyerOrderReferencedDocument", invoice.order_reference)
    yield _referenced("ram:ContractReferencedDocument", references.contract)
    yield from (_supporting(each) for each in invoice.supporting_documents)
    if references.tender:
        yield typed("50", references.tender)
    if references.invoiced_object:
        yield typed("130", references.invoiced_object.value, references.invoiced_object.scheme)
    if references.project:
        project = make("ram:ID", references.project), make("ram:Name", "Project reference")
        yield make("ram:SpecifiedProcuringProject", *project)


def _referenced(name: str, number: str | None) -> Element:
    return make(name, make("ram:IssuerAssignedID", number))


def _supporting(supporting: SupportingDocument) -> Element:
    attached = supporting.attachment
    return make(
        "ram:AdditionalReferencedDocument",
        make("ram:IssuerAssignedID", supporting.reference),
        make("ram:URIID", supporting.location),
        make("ram:TypeCode", "916"),
        make("ram:Name", supporting.description),
        attached
        and make(
            "ram:AttachmentBinaryObject",
            attached.base64,
            mimeCode=attached.mime_code,
            filename=attached.filename,
        ),
    )


def _party(name: str, party: Party | None) -> Element:
    if party is None:
        return None
    contact = party.contact
    return make(
        name,
        ids(party.identifiers),
        make("ram:Name", party.name),
        make("ram:Description", party.legal_information),
        make(
            "ram:SpecifiedLegalOrganization",
            identified("ram:ID", party.registration),
            make("ram:TradingBusinessName", party.trading_name),
        ),
        contact
        and make(
            "ram:DefinedTradeContact",
            make("ram:PersonName", contact.name),
            make("ram:TelephoneUniversalCommunication", make("ram:CompleteNumber", contact.phone)),
            make("ram:EmailURIUniversalCommunication", make("ram:URIID", contact.email)),
        ),
        _address(party.address),
        make("ram:URIUniversalCommunication", identified("ram:URIID", party.electronic_address)),
        make("ram:SpecifiedTaxRegistration", make("ram:ID", party.vat_id, schemeID="VA")),
        make("ram:SpecifiedTaxRegistration", make("ram:ID", party.tax_registration, schemeID="FC")),
    )


def _address(address: Address | None) -> Element:
    if address is None:
        return None
    return make(
        "ram:PostalTradeAddress",
        make("ram:PostcodeCode", address.post_code),
        make("ram:LineOne", address.line_one),
        make("ram:LineTwo", address.line_two),
        make("ram:LineThree", address.line_three),
        make("ram:CityName", address.city),
        make("ram:CountryID", address.country),
        make("ram:CountrySubDivisionName", address.region),
    )


def _delivery(invoice: InvoiceDocument) -> Iterator[Element]:
    delivery = invoice.delivery
    if delivery:
        yield make(
            "ram:ShipToTradeParty",
            ids([delivery.location] if delivery.location else []),
            make("ram:Name", delivery.name),
            _address(delivery.address),
        )
        occurred = at("ram:OccurrenceDateTime", delivery.delivery_date)
        yield make("ram:ActualDeliverySupplyChainEvent", occurred)
    yield _referenced("ram:DespatchAdviceReferencedDocument", invoice.references.despatch_advice)
    yield _referenced("ram:ReceivingAdviceReferencedDocument", invoice.references.receiving_advice)


def _settlement(invoice: InvoiceDocument) -> Iterator[Element]:
    debit = invoice.direct_debit
    yield make("ram:CreditorReferenceID", debit.creditor if debit else None)
    yield make("ram:PaymentReference", invoice.payment_reference)
    yield make("ram:TaxCurrencyCode", invoice.tax_currency)
    yield make("ram:InvoiceCurrencyCode", invoice.currency)
    yield _party("ram:PayeeTradeParty", invoice.payee)
    yield from (_means(each, debit.debited_account if debit else None) for each in invoice.payment_means)
    yield from (_tax(each, invoice) for each in invoice.taxes)
    yield period(invoice.period)
    yield from (allowance_charge(each) for each in (*invoice.allowances, *invoice.charges))
    yield make(
        "ram:SpecifiedTradePaymentTerms",
        make("ram:Description", invoice.payment_terms),
        at("ram:DueDateDateTime", invoice.due_date),
        make("ram:DirectDebitMandateID", debit.mandate if debit else None),
    )
    yield _sums(invoice)
    for earlier in invoice.preceding_invoices:
        number = make("ram:IssuerAssignedID", earlier.number)
        issued = at("ram:FormattedIssueDateTime", earlier.issue_date, "qdt:DateTimeString")
        yield make("ram:InvoiceReferencedDocument", number, issued)
    account = make("ram:ID", invoice.buyer_accounting_reference)
    yield make("ram:ReceivableSpecifiedTradeAccountingAccount", account)


def _means(means: PaymentMeans, debited_account: str | None) -> Element:
    return make(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        make("ram:TypeCode", means.code),
        make("ram:Information", means.text),
        make(
            "ram:ApplicableTradeSettlementFinancialCard",
            make("ram:ID", means.card_number),
            make("ram:CardholderName", means.card_holder),
        ),
        make("ram:PayerPartyDebtorFinancialAccount", make("ram:IBANID", debited_account)),
        make(
            "ram:PayeePartyCreditorFinancialAccount",
            make("ram:IBANID", means.account),
            make("ram:AccountName", means.account_name),
        ),
        make("ram:PayeeSpecifiedCreditorFinancialInstitution", make("ram:BICID", means.bank)),
    )


def _tax(tax: TaxBreakdown, invoice: InvoiceDocument) -> Element:
    point: date | None = invoice.tax_point_date
    return make(
        "ram:ApplicableTradeTax",
        make("ram:CalculatedAmount", tax.amount),
        make("ram:TypeCode", "VAT"),
        make("ram:ExemptionReason", tax.exemption_reason),
        make("ram:BasisAmount", tax.taxable),
        make("ram:CategoryCode", tax.category),
        make("ram:ExemptionReasonCode", tax.exemption_code),
        at("ram:TaxPointDate", point, "udt:DateString"),
        make("ram:DueDateTypeCode", _TAX_POINTS[invoice.tax_point] if invoice.tax_point else None),
        make("ram:RateApplicablePercent", tax.rate),
    )


def _sums(invoice: InvoiceDocument) -> Element:
    totals = invoice.totals
    return make(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        make("ram:LineTotalAmount", totals.line_total),
        make("ram:ChargeTotalAmount", totals.charge_total or None),
        make("ram:AllowanceTotalAmount", totals.allowance_total or None),
        make("ram:TaxBasisTotalAmount", totals.tax_exclusive),
        make("ram:TaxTotalAmount", totals.tax, currencyID=invoice.currency),
        make("ram:TaxTotalAmount", totals.tax_in_accounting_currency, currencyID=invoice.tax_currency),
        make("ram:RoundingAmount", totals.rounding or None),
        make("ram:GrandTotalAmount", totals.tax_inclusive),
        make("ram:TotalPrepaidAmount", totals.prepaid or None),
        make("ram:DuePayableAmount", totals.payable),
    )
