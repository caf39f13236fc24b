"""Amounts of money on pages."""

from decimal import Decimal

from django import template

from integrations_site.kernel.money import written

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """The amount at its currency's minor unit, thousands apart, and the currency: `9,900.00 USD`."""
    return written(amount, currency)
