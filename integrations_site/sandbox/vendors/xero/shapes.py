"""Xero's accounting objects; dates come as `/Date(ms+0000)/` beside a readable one."""

import re
from collections.abc import Callable

from integrations_site.sandbox import names
from integrations_site.sandbox.clock import day
from integrations_site.sandbox.data import Row, Shape

_DAY = 86_400
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")
_CURRENCIES = ("NZD", "NZD", "NZD", "AUD", "USD")
_STATUSES = ("PAID", "PAID", "PAID", "AUTHORISED", "AUTHORISED", "SUBMITTED", "DRAFT", "VOIDED")
_SPENT = ("SPEND", "SPEND", "RECEIVE")
_KINDS = {"Invoices": 1, "Contacts": 2, "BankTransactions": 3, "ManualJournals": 4, "Payments": 5, "Accounts": 6}

_INVOICE = (
    '{"Type":"%s","InvoiceID":"%s","InvoiceNumber":"%s","Reference":"","AmountDue":%s,"AmountPaid":%s,'
    '"CurrencyRate":1.0,"HasErrors":false,"Contact":{"ContactID":"%s","Name":"%s"},"DateString":"%sT00:00:00",'
    '"Date":"%s","DueDateString":"%sT00:00:00","DueDate":"%s","Status":"%s","LineAmountTypes":"Exclusive",'
    '"LineItems":[{"Description":"%s","Quantity":1.0,"UnitAmount":%s,"AccountCode":"%d","TaxType":"NONE",'
    '"LineAmount":%s,"TaxAmount":0.0}],"SubTotal":%s,"TotalTax":0.0,"Total":%s,"UpdatedDateUTC":"%s",'
    '"CurrencyCode":"%s"}'
)
_CONTACT = (
    '{"ContactID":"%s","ContactStatus":"%s","Name":"%s","FirstName":"%s","LastName":"%s","EmailAddress":"%s",'
    '"Addresses":[{"AddressType":"STREET","City":"%s","PostalCode":"%05d","Country":"NZ"}],"IsSupplier":%s,'
    '"IsCustomer":true,"DefaultCurrency":"%s","UpdatedDateUTC":"%s"}'
)
_BANK = (
    '{"BankTransactionID":"%s","Type":"%s","Status":"AUTHORISED","IsReconciled":%s,"Contact":{"ContactID":"%s",'
    '"Name":"%s"},"BankAccount":{"AccountID":"%s","Code":"090","Name":"Business account"},"DateString":"%sT00:00:00",'
    '"Date":"%s","LineAmountTypes":"Inclusive","LineItems":[{"Description":"%s","Quantity":1.0,"UnitAmount":%s,'
    '"AccountCode":"%d","LineAmount":%s}],"SubTotal":%s,"TotalTax":0.0,"Total":%s,"CurrencyCode":"%s",'
    '"UpdatedDateUTC":"%s"}'
)
_JOURNAL = (
    '{"ManualJournalID":"%s","Narration":"%s","Status":"POSTED","Date":"%s","LineAmountTypes":"NoTax","JournalLines":'
    '[{"LineAmount":%s,"AccountCode":"400"},{"LineAmount":-%s,"AccountCode":"200"}],"UpdatedDateUTC":"%s"}'
)
_PAYMENT = (
    '{"PaymentID":"%s","Date":"%s","Amount":%s,"CurrencyRate":1.0,"PaymentType":"ACCRECPAYMENT","Status":"AUTHORISED",'
    '"Invoice":{"InvoiceID":"%s"},"UpdatedDateUTC":"%s"}'
)
_ACCOUNT = (
    '{"AccountID":"%s","Code":"%d","Name":"%s %d","Type":"EXPENSE","Status":"ACTIVE","TaxType":"NONE",'
    '"Class":"EXPENSE","UpdatedDateUTC":"%s"}'
)


def ms_date(seconds: int) -> str:
    """`/Date(1439434356000+0000)/`"""
    return f"/Date({seconds * 1000}+0000)/"


def guid(salt: str, kind: int, index: int) -> str:
    """An id that tells its account (salt), kind and index to those who know."""
    return f"{salt[:8]}-{kind:04x}-4{salt[8:11]}-8{salt[11:14]}-{index:012x}"


def _amount(row: Row) -> str:
    cents = 1_000 + row.number(900_000, 7) + row.revision
    return f"{cents // 100}.{cents % 100:02d}"


def _invoice(row: Row) -> str:
    amount, status, contact = _amount(row), row.pick(_STATUSES, 17), row.peer()
    due, sale = row.created + 20 * _DAY, row.index % 2 == 0
    paid = status == "PAID"
    return _INVOICE % (
        "ACCREC" if sale else "ACCPAY",
        guid(row.salt, 1, row.index),
        f"{'INV' if sale else 'BILL'}-{row.index + 1:05d}",
        "0.00" if paid else amount,
        amount if paid else "0.00",
        guid(row.salt, 2, contact),
        names.company(contact),
        day(row.created),
        ms_date(row.created // _DAY * _DAY),
        day(due),
        ms_date(due // _DAY * _DAY),
        status,
        row.pick(names.PURPOSES, 23),
        amount,
        400 + row.number(90, 29),
        amount,
        amount,
        amount,
        ms_date(row.updated),
        row.pick(_CURRENCIES, 11),
    )


def _contact(row: Row) -> str:
    first, last = names.person(row)
    return _CONTACT % (
        guid(row.salt, 2, row.index),
        "ARCHIVED" if row.index % 29 == 28 else "ACTIVE",
        names.company(row.index),
        first,
        last,
        names.email(first, last, row.index),
        row.pick(names.CITIES, 19),
        row.number(100_000, 9),
        "true" if row.index % 2 else "false",
        row.pick(_CURRENCIES, 11),
        ms_date(row.updated),
    )


def _bank(row: Row) -> str:
    amount, contact = _amount(row), row.peer()
    return _BANK % (
        guid(row.salt, 3, row.index),
        row.pick(_SPENT, 17),
        "true" if row.number(3, 21) else "false",
        guid(row.salt, 2, contact),
        names.company(contact),
        guid(row.salt, 6, 0),
        day(row.created),
        ms_date(row.created // _DAY * _DAY),
        row.pick(names.PURPOSES, 23),
        amount,
        400 + row.number(90, 29),
        amount,
        amount,
        amount,
        row.pick(_CURRENCIES, 11),
        ms_date(row.updated),
    )


def _journal(row: Row) -> str:
    amount, moment = _amount(row), ms_date(row.created // _DAY * _DAY)
    purpose = row.pick(names.PURPOSES, 23)
    return _JOURNAL % (guid(row.salt, 4, row.index), purpose, moment, amount, amount, ms_date(row.updated))


def _payment(row: Row) -> str:
    invoice, moment = guid(row.salt, 1, row.peer()), ms_date(row.created // _DAY * _DAY)
    return _PAYMENT % (guid(row.salt, 5, row.index), moment, _amount(row), invoice, ms_date(row.updated))


def _account(row: Row) -> str:
    purpose = row.pick(names.PURPOSES, 23)
    return _ACCOUNT % (guid(row.salt, 6, row.index), 400 + row.index, purpose, row.index, ms_date(row.updated))


def _shape(entity: str, render: Callable[[Row], str], most: int | None = None) -> Shape:
    kind = _KINDS[entity]

    def identify(salt: str, index: int) -> str:
        return guid(salt, kind, index)

    def index_of(salt: str, identifier: str) -> int | None:
        lower = identifier.lower()
        index = int(lower[24:], 16) if _GUID.fullmatch(lower) else None
        return index if index is not None and identify(salt, index) == lower else None

    return Shape(entity, render, identify, index_of, most)


SHAPES = {
    shape.entity: shape
    for shape in (
        _shape("Invoices", _invoice),
        _shape("Contacts", _contact),
        _shape("BankTransactions", _bank),
        _shape("ManualJournals", _journal),
        _shape("Payments", _payment),
        _shape("Accounts", _account, 80),
    )
}
IDS = {
    "Invoices": "InvoiceID",
    "Contacts": "ContactID",
    "BankTransactions": "BankTransactionID",
    "ManualJournals": "ManualJournalID",
    "Payments": "PaymentID",
    "Accounts": "AccountID",
}
