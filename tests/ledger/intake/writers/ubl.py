"""Writes UBL 2.1, in the order of elements that its schema wants."""

from collections.abc import Iterator

from ledger.intake.document import InvoiceDocument, Kind, Note, TaxBreakdown, TaxPoint
from ledger.intake.party import Address, Identifier, Party
from ledger.intake.supporting import SupportingDocument
from tests.ledger.intake.writers.node import Element, document
from tests.ledger.intake.writers.ubl_lines import (
    NAMESPACES,
    allowance_charge,
    day,
    identified,
    line,
    make,
    money,
    period,
    tax_category,
)

_URN = "urn:oasis:names:specification:ubl:schema:xsd"
_TAX_POINTS = {TaxPoint.INVOICE_DATE: "3", TaxPoint.DELIVERY_DATE: "35", TaxPoint.PAYMENT_DATE: "432"}


def write_ubl(invoice: InvoiceDocument) -> bytes:
    """The document as a file: an Invoice or a CreditNote, as its kind says."""
    root = "CreditNote" if invoice.kind is Kind.CREDIT_NOTE else "Invoice"
    namespace = f"{_URN}:{root}-2"
    content = [*_head(invoice), *_references(invoice), *_parties(invoice), *_payment(invoice), *_figures(invoice)]
    return document(f"{{{namespace}}}{root}", {"": namespace, **NAMESPACES}, content)


def _head(invoice: InvoiceDocument) -> Iterator[Element]:
    is_credit = invoice.kind is Kind.CREDIT_NOTE
    yield make("cbc:CustomizationID", invoice.specification)
    yield make("cbc:ProfileID", invoice.process)
    yield make("cbc:ID", invoice.number)
    yield make("cbc:IssueDate", day(invoice.issue_date))
    if is_credit:
        yield make("cbc:TaxPointDate", day(invoice.tax_point_date))
        yield make("cbc:CreditNoteTypeCode", invoice.type_code)
    else:
        yield make("cbc:DueDate", day(invoice.due_date))
        yield make("cbc:InvoiceTypeCode", invoice.type_code)
    yield from (make("cbc:Note", _note(note)) for note in invoice.notes)
    if not is_credit:
        yield make("cbc:TaxPointDate", day(invoice.tax_point_date))
    yield make("cbc:DocumentCurrencyCode", invoice.currency)
    yield make("cbc:TaxCurrencyCode", invoice.tax_currency)
    yield make("cbc:AccountingCost", invoice.buyer_accounting_reference)
    yield make("cbc:BuyerReference", invoice.buyer_reference)
    tax_point = make("cbc:DescriptionCode", _TAX_POINTS.get(invoice.tax_point) if invoice.tax_point else None)
    yield period(invoice.period, tax_point)


def _note(note: Note) -> str:
    return f"#{note.subject_code}#{note.text}" if note.subject_code else note.text


def _references(invoice: InvoiceDocument) -> Iterator[Element]:
    references = invoice.references
    is_credit = invoice.kind is Kind.CREDIT_NOTE
    order = invoice.order_reference or ("NA" if references.sales_order else None)
    yield make("cac:OrderReference", make("cbc:ID", order), make("cbc:SalesOrderID", references.sales_order))
    for earlier in invoice.preceding_invoices:
        reference = make("cac:InvoiceDocumentReference", make("cbc:ID", earlier.number), _issued(earlier.issue_date))
        yield make("cac:BillingReference", reference)
    yield make("cac:DespatchDocumentReference", make("cbc:ID", references.despatch_advice))
    yield make("cac:ReceiptDocumentReference", make("cbc:ID", references.receiving_advice))
    tender = make("cac:OriginatorDocumentReference", make("cbc:ID", references.tender))
    if not is_credit:
        yield tender
    yield make("cac:ContractDocumentReference", make("cbc:ID", references.contract))
    yield from (_supporting(each) for each in invoice.supporting_documents)
    yield _typed(references.invoiced_object, "130")
    project = Identifier(value=references.project) if references.project else None
    if is_credit:
        yield _typed(project, "50")
        yield tender
    else:
        yield make("cac:ProjectReference", make("cbc:ID", references.project))


def _issued(issue_date: object) -> Element:
    return make("cbc:IssueDate", issue_date)


def _typed(reference: Identifier | None, type_code: str) -> Element:
    if reference is None:
        return None
    return make("cac:AdditionalDocumentReference", identified(reference), make("cbc:DocumentTypeCode", type_code))


def _supporting(supporting: SupportingDocument) -> Element:
    attached = supporting.attachment
    embedded = attached and make(
        "cbc:EmbeddedDocumentBinaryObject",
        attached.base64,
        mimeCode=attached.mime_code,
        filename=attached.filename,
    )
    external = make("cac:ExternalReference", make("cbc:URI", supporting.location))
    return make(
        "cac:AdditionalDocumentReference",
        make("cbc:ID", supporting.reference),
        make("cbc:DocumentDescription", supporting.description),
        make("cac:Attachment", embedded, external),
    )


def _parties(invoice: InvoiceDocument) -> Iterator[Element]:
    debit = invoice.direct_debit
    creditor = make("cbc:ID", debit.creditor if debit else None, schemeID="SEPA")
    extra = make("cac:PartyIdentification", creditor)
    yield make("cac:AccountingSupplierParty", _party(invoice.seller, extra))
    yield make("cac:AccountingCustomerParty", _party(invoice.buyer))
    if payee := invoice.payee:
        yield make(
            "cac:PayeeParty",
            [make("cac:PartyIdentification", identified(each)) for each in payee.identifiers],
            make("cac:PartyName", make("cbc:Name", payee.name)),
            make("cac:PartyLegalEntity", identified(payee.registration, "cbc:CompanyID")),
        )
    if representative := invoice.tax_representative:
        yield make(
            "cac:TaxRepresentativeParty",
            make("cac:PartyName", make("cbc:Name", representative.name)),
            _address("cac:PostalAddress", representative.address),
            _taxed_as(representative.vat_id, "VAT"),
        )
    if delivery := invoice.delivery:
        yield make(
            "cac:Delivery",
            make("cbc:ActualDeliveryDate", day(delivery.delivery_date)),
            make("cac:DeliveryLocation", identified(delivery.location), _address("cac:Address", delivery.address)),
            make("cac:DeliveryParty", make("cac:PartyName", make("cbc:Name", delivery.name))),
        )


def _party(party: Party, creditor: Element = None) -> Element:
    contact = party.contact
    return make(
        "cac:Party",
        identified(party.electronic_address, "cbc:EndpointID"),
        [make("cac:PartyIdentification", identified(each)) for each in party.identifiers],
        creditor,
        make("cac:PartyName", make("cbc:Name", party.trading_name)),
        _address("cac:PostalAddress", party.address),
        _taxed_as(party.vat_id, "VAT"),
        _taxed_as(party.tax_registration, "TAX"),
        make(
            "cac:PartyLegalEntity",
            make("cbc:RegistrationName", party.name),
            identified(party.registration, "cbc:CompanyID"),
            make("cbc:CompanyLegalForm", party.legal_information),
        ),
        contact
        and make(
            "cac:Contact",
            make("cbc:Name", contact.name),
            make("cbc:Telephone", contact.phone),
            make("cbc:ElectronicMail", contact.email),
        ),
    )


def _taxed_as(number: str | None, scheme: str) -> Element:
    if number is None:
        return None
    return make("cac:PartyTaxScheme", make("cbc:CompanyID", number), make("cac:TaxScheme", make("cbc:ID", scheme)))


def _address(name: str, address: Address | None) -> Element:
    if address is None:
        return None
    return make(
        name,
        make("cbc:StreetName", address.line_one),
        make("cbc:AdditionalStreetName", address.line_two),
        make("cbc:CityName", address.city),
        make("cbc:PostalZone", address.post_code),
        make("cbc:CountrySubentity", address.region),
        make("cac:AddressLine", make("cbc:Line", address.line_three)),
        make("cac:Country", make("cbc:IdentificationCode", address.country)),
    )


def _payment(invoice: InvoiceDocument) -> Iterator[Element]:
    due = invoice.due_date if invoice.kind is Kind.CREDIT_NOTE else None
    debit = invoice.direct_debit
    mandate = debit and make(
        "cac:PaymentMandate",
        make("cbc:ID", debit.mandate),
        make("cac:PayerFinancialAccount", make("cbc:ID", debit.debited_account)),
    )
    for means in invoice.payment_means:
        branch = make("cac:FinancialInstitutionBranch", make("cbc:ID", means.bank))
        card = means.card_number and make(
            "cac:CardAccount",
            make("cbc:PrimaryAccountNumberID", means.card_number),
            make("cbc:NetworkID", "VISA"),
            make("cbc:HolderName", means.card_holder),
        )
        account = make(
            "cac:PayeeFinancialAccount", make("cbc:ID", means.account), make("cbc:Name", means.account_name), branch
        )
        yield make(
            "cac:PaymentMeans",
            make("cbc:PaymentMeansCode", means.code, name=means.text),
            make("cbc:PaymentDueDate", day(due)),
            make("cbc:PaymentID", invoice.payment_reference),
            card,
            account,
            mandate,
        )
    yield make("cac:PaymentTerms", make("cbc:Note", invoice.payment_terms))


def _figures(invoice: InvoiceDocument) -> Iterator[Element]:
    totals, currency = invoice.totals, invoice.currency
    for each in (*invoice.allowances, *invoice.charges):
        yield allowance_charge(each, currency)
    subtotals = [_subtotal(tax, currency) for tax in invoice.taxes]
    yield make("cac:TaxTotal", money("cbc:TaxAmount", totals.tax, currency), subtotals)
    accounting = money("cbc:TaxAmount", totals.tax_in_accounting_currency, invoice.tax_currency)
    yield make("cac:TaxTotal", accounting)
    yield make(
        "cac:LegalMonetaryTotal",
        money("cbc:LineExtensionAmount", totals.line_total, currency),
        money("cbc:TaxExclusiveAmount", totals.tax_exclusive, currency),
        money("cbc:TaxInclusiveAmount", totals.tax_inclusive, currency),
        money("cbc:AllowanceTotalAmount", totals.allowance_total or None, currency),
        money("cbc:ChargeTotalAmount", totals.charge_total or None, currency),
        money("cbc:PrepaidAmount", totals.prepaid or None, currency),
        money("cbc:PayableRoundingAmount", totals.rounding or None, currency),
        money("cbc:PayableAmount", totals.payable, currency),
    )
    prefix = "Credit" if invoice.kind is Kind.CREDIT_NOTE else "Invoice"
    yield from (line(each, currency, prefix) for each in invoice.lines)


def _subtotal(tax: TaxBreakdown, currency: str) -> Element:
    return make(
        "cac:TaxSubtotal",
        money("cbc:TaxableAmount", tax.taxable, currency),
        money("cbc:TaxAmount", tax.amount, currency),
        tax_category("cac:TaxCategory", tax.category, tax.rate, tax.exemption_code, tax.exemption_reason),
    )
