"""QuickBooks' transactions and names. Times stand in the company's offset, amounts in major units."""

import time
from collections.abc import Callable

from integrations_site.sandbox import names
from integrations_site.sandbox.data import Row, Shape
from integrations_site.sandbox.messages import natural

_OFFSET, _OFFSET_TEXT = -8 * 3600, "-08:00"
_DAY = 86_400
_INACTIVE = 19
_CURRENCIES = ("USD", "USD", "USD", "EUR", "GBP")
_PAYMENT_TYPES = ("Cash", "Check", "CreditCard")
_ACCOUNTS = ("Fuel", "Rent", "Software", "Travel", "Office supplies")

_HEAD = '{"Id":"%d","SyncToken":"%d","MetaData":{"CreateTime":"%s","LastUpdatedTime":"%s"}'
_INVOICE = (
    '{"Id":"%d","SyncToken":"%d","MetaData":{"LastUpdatedTime":"%s"},"DocNumber":"%d","TxnDate":"%s","DueDate":"%s",'
    '"CustomerRef":{"value":"%d"},"TotalAmt":%s,"Balance":%s,"CurrencyRef":{"value":"%s"}}'
)
_PURCHASE = (
    ',"TxnDate":"%s","PaymentType":"%s","Credit":%s,"EntityRef":{"value":"%d","type":"Vendor"},"TotalAmt":%s,'
    '"CurrencyRef":{"value":"%s"},"Line":[{"Id":"1","Amount":%s,"DetailType":"AccountBasedExpenseLineDetail",'
    '"AccountBasedExpenseLineDetail":{"AccountRef":{"value":"%d","name":"%s"}}}]}'
)
_BILL = (
    ',"DocNumber":"B-%d","TxnDate":"%s","DueDate":"%s","VendorRef":{"value":"%d","name":"%s"},"TotalAmt":%s,'
    '"Balance":%s,"CurrencyRef":{"value":"%s"},"Line":[{"Id":"1","Amount":%s,"DetailType":'
    '"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{"AccountRef":{"value":"%d","name":"%s"}}}]}'
)
_CUSTOMER = (
    ',"GivenName":"%s","FamilyName":"%s","DisplayName":"%s %s %d","PrimaryEmailAddr":{"Address":"%s"},"Active":%s,'
    '"Balance":%s,"CurrencyRef":{"value":"%s"}}'
)
_VENDOR = (
    ',"CompanyName":"%s","DisplayName":"%s","PrimaryEmailAddr":{"Address":"billing.%d@example.com"},"Active":%s,'
    '"Balance":%s,"CurrencyRef":{"value":"%s"}}'
)


def company_time(seconds: int) -> str:
    """`2026-01-31T10:00:00-08:00`"""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds + _OFFSET)) + _OFFSET_TEXT


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds + _OFFSET))


def _amount(row: Row) -> str:
    cents = 1_000 + row.number(500_000, 7) + row.revision
    return f"{cents // 100}.{cents % 100:02d}"


def _head(row: Row) -> str:
    return _HEAD % (row.index + 1, row.revision, company_time(row.created), company_time(row.updated))


def _invoice(row: Row) -> str:
    amount = _amount(row)
    return _INVOICE % (
        row.index + 1,
        row.revision,
        company_time(row.updated),
        1_000 + row.index,
        _date(row.created),
        _date(row.created + 30 * _DAY),
        row.peer() + 1,
        amount,
        "0" if row.number(4, 17) else amount,
        row.pick(_CURRENCIES, 11),
    )


def _purchase(row: Row) -> str:
    amount, account = _amount(row), row.number(len(_ACCOUNTS), 19)
    return _head(row) + _PURCHASE % (
        _date(row.created),
        row.pick(_PAYMENT_TYPES, 17),
        "false" if row.number(12, 23) else "true",
        row.peer() + 1,
        amount,
        row.pick(_CURRENCIES, 11),
        amount,
        account + 60,
        _ACCOUNTS[account],
    )


def _bill(row: Row) -> str:
    amount, vendor, account = _amount(row), row.peer(), row.number(len(_ACCOUNTS), 19)
    return _head(row) + _BILL % (
        row.index + 1,
        _date(row.created),
        _date(row.created + 30 * _DAY),
        vendor + 1,
        names.company(vendor),
        amount,
        "0" if row.number(3, 17) else amount,
        row.pick(_CURRENCIES, 11),
        amount,
        account + 60,
        _ACCOUNTS[account],
    )


def _active(row: Row) -> str:
    return "false" if row.index % _INACTIVE == _INACTIVE - 1 else "true"


def _customer(row: Row) -> str:
    first, last = names.person(row)
    email = names.email(first, last, row.index)
    person = (first, last, first, last, row.index + 1, email)
    return _head(row) + _CUSTOMER % (*person, _active(row), _amount(row), row.pick(_CURRENCIES, 11))


def _vendor(row: Row) -> str:
    name = names.company(row.index)
    tail = (_active(row), _amount(row), row.pick(_CURRENCIES, 11))
    return _head(row) + _VENDOR % (name, name, row.index + 1, *tail)


def _shape(entity: str, render: Callable[[Row], str]) -> Shape:
    def index_of(salt: str, identifier: str) -> int | None:
        number = natural(identifier)
        return None if number is None else number - 1

    return Shape(entity, render, lambda salt, index: str(index + 1), index_of)


# Name lists leave out what is inactive, and nothing in them can be deleted.
NAME_LISTS = {"Customer", "Vendor"}
SHAPES = {
    shape.entity: shape
    for shape in (
        _shape("Invoice", _invoice),
        _shape("Purchase", _purchase),
        _shape("Bill", _bill),
        _shape("Customer", _customer),
        _shape("Vendor", _vendor),
    )
}
