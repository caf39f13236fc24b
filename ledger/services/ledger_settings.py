"""How a tenant wants its ledger run."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from integrations_site.audit.types import Actor
from integrations_site.kernel import money
from integrations_site.kernel.errors import ConflictError, InvalidInputError
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import send
from ledger.models import Bill, ExchangeRate, JournalEntry, LedgerSettings, StockMovement, System
from ledger.services.changes import announce_and_save

# Whoever books holds the settings until the transaction ends, together with others who book; a change of the settings
# waits for them, and those who come after it wait for the change. A lock of the settings' row would not do: entries are
# numbered there. It is taken first in a transaction, so that nobody waits for it while others wait for him.
_KEY = "hashtextextended('settings ' || %(tenant)s::text, 0)"
HOLD_SETTINGS = f"pg_advisory_xact_lock_shared({_KEY})"
_HOLD = f"SELECT {HOLD_SETTINGS}"
_HOLD_ALONE = f"SELECT pg_advisory_xact_lock({_KEY})"


class CurrencyInUseError(ConflictError):
    """Amounts or exchange rates are kept in the tenant's currency, so it cannot become another."""

    code = "CURRENCY_IN_USE"


def current_settings() -> LedgerSettings:
    """The settings of the tenant in scope."""
    return LedgerSettings.objects.get()


def held_settings() -> LedgerSettings:
    """The same; they stay as they are until the transaction ends.

    Call it before the transaction locks or writes anything that others who book may wait for.
    """
    send(_HOLD, {"tenant": scope.tenant_id()})
    return current_settings()


def book_alone() -> None:
    """Waits for those who book, and keeps everybody else from it until the transaction ends.

    For what books several times in one transaction: it comes back to locks that others, who book once, take earlier. To
    be called before anything is booked.
    """
    send(_HOLD_ALONE, {"tenant": scope.tenant_id()})


@transaction.atomic
def update_settings(*, changes: Mapping[str, Any], actor: Actor) -> LedgerSettings:
    """Writes the changed settings, once whatever is being booked under the present ones is written.

    Raises UnknownCurrencyError, CurrencyInUseError, and InvalidInputError where the approval limit has more decimals
    than the currency, or automatic integration names no system, an unknown one, or one twice.
    """
    book_alone()
    settings = LedgerSettings.objects.select_for_update().get()
    if "currency" in changes and changes["currency"] != settings.currency:
        _check_currency(changes["currency"])
    _check_limit(
        changes.get("approval_limit", settings.approval_limit), currency=changes.get("currency", settings.currency)
    )
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


def _check_limit(limit: Decimal | None, *, currency: str) -> None:
    if limit is not None and not money.is_exact(limit, currency):
        digits = money.minor_digits(currency)
        raise InvalidInputError(
            f"The approval limit is {limit:f}, but amounts in {currency} have at most {digits} decimals",
            code="AMOUNT_TOO_PRECISE",
            details={"fields": {"approval_limit": [f"At most {digits} decimals are possible in {currency}."]}},
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
