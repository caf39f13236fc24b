"""Amounts of money on pages."""

from decimal import Decimal

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from integrations_site.kernel.money import rounded

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """The amount at its currency's minor unit, thousands apart, and the currency: `9,900.00 USD`."""
    return f"{intcomma(rounded(amount, currency))} {currency}"
