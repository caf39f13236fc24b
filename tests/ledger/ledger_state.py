"""What the ledger's tables hold, to prove that something changed, or that nothing did."""

from decimal import Decimal
from typing import Any

from django.apps import apps

from ledger.models import Account, Bill, InventoryItem, JournalLine, Vendor


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the ledger, in the present scope."""
    return {
        model.__name__: sorted(model._default_manager.values_list(), key=str)
        for model in apps.get_app_config("ledger").get_models()
    }


def stock(sku: str = "WIDGET-1") -> tuple[Decimal, Decimal, Decimal]:
    """Quantity, value and last cost of an item."""
    item = InventoryItem.objects.get(sku=sku)
    return item.quantity, item.value, item.last_cost


def balance(code: str) -> Decimal:
    """What an account stands at; a debit balance is positive."""
    lines = JournalLine.objects.filter(account=Account.objects.get(code=code))
    return sum(((line.debit or Decimal(0)) - (line.credit or Decimal(0)) for line in lines), Decimal(0))


def entry_lines() -> list[tuple[str, Decimal]]:
    """Account and amount (credits negative) of every journal line, in their order."""
    lines = JournalLine.objects.select_related("account", "entry").order_by("entry__number", "position")
    return [(line.account.code, line.debit or -(line.credit or Decimal(0))) for line in lines]


def owed() -> tuple[Decimal, Decimal]:
    """What the open bills and the vendors' balances come to."""
    bills = sum((bill.base_amount for bill in Bill.objects.filter(status=Bill.Status.OPEN)), Decimal(0))
    return bills, sum((vendor.balance for vendor in Vendor.objects.all()), Decimal(0))
