"""How a tenant wants its ledger run."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from integrations_site.audit.types import Actor
from integrations_site.kernel import money
from integrations_site.kernel.errors import ConflictError, InvalidInputError
from ledger.models import Bill, ExchangeRate, JournalEntry, LedgerSettings, StockMovement, System
from ledger.services.changes import announce_and_save


class CurrencyInUseError(ConflictError):
    """Amounts or exchange rates are kept in the tenant's currency, so it cannot become another."""

    code = "CURRENCY_IN_USE"


def current_settings() -> LedgerSettings:
    """The settings of the tenant in scope."""
    return LedgerSettings.objects.get()


@transaction.atomic
def update_settings(*, changes: Mapping[str, Any], actor: Actor) -> LedgerSettings:
    """Writes the changed settings.

    Raises UnknownCurrencyError, CurrencyInUseError, and InvalidInputError where automatic integration names no system,
    an unknown one, or one twice.
    """
    settings = LedgerSettings.objects.select_for_update().get()
    if "currency" in changes and changes["currency"] != settings.currency:
        _check_currency(changes["currency"])
    _check_systems(
        changes.get("auto_systems", settings.auto_systems), required=changes.get("auto_enabled", settings.auto_enabled)
    )
    announce_and_save(settings, changes, action="settings.updated", actor=actor)
    return settings


def _check_currency(currency: str) -> None:
    money.minor_digits(currency)
    if JournalEntry.objects.exists() or Bill.objects.exists() or StockMovement.objects.exists():
        raise CurrencyInUseError("The books already hold amounts in the present currency, so it cannot be changed")
    if ExchangeRate.objects.exists():
        raise CurrencyInUseError(
            "There are exchange rates into the present currency; delete them (/api/exchange-rates), then change it"
        )


def _check_systems(systems: Sequence[str], *, required: bool) -> None:
    if unknown := sorted(set(systems) - set(System.values)):
        raise InvalidInputError(
            f"{', '.join(unknown)}: no such system; there are {', '.join(System.values)}",
            details={"fields": {"auto_integrate.systems": unknown}},
        )
    if len(systems) != len(set(systems)):
        raise InvalidInputError(
            "A system is named twice", details={"fields": {"auto_integrate.systems": ["Name each system once."]}}
        )
    if required and not systems:
        raise InvalidInputError(
            "Automatic integration needs at least one system",
            details={"fields": {"auto_integrate.systems": ["Name at least one system."]}},
        )
