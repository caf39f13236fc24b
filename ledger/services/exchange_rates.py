"""What foreign currencies are worth in the tenant's own."""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids, money
from integrations_site.kernel.errors import ConflictError, InvalidInputError, UnprocessableError
from ledger.models import ExchangeRate
from ledger.services.changes import announce_and_save
from ledger.services.ledger_settings import held_settings
from ledger.services.locking import locked
from ledger.services.uniqueness import refusing

ONE = Decimal(1)


class ExchangeRateMissingError(UnprocessableError):
    """An amount in a foreign currency cannot be booked: no rate is known on or before its day."""

    code = "EXCHANGE_RATE_MISSING"


def rate_on(*, currency: str, base: str, date: dt.date) -> Decimal:
    """What one unit of `currency` is worth in `base`, the tenant's currency, on a day: the latest rate up to it.

    Raises ExchangeRateMissingError.
    """
    if currency == base:
        return ONE
    rates = ExchangeRate.objects.filter(currency=currency, date__lte=date).order_by("-date")
    found: Decimal | None = rates.values_list("rate", flat=True).first()
    if found is None:
        raise ExchangeRateMissingError(
            f"There is no exchange rate from {currency} to {base} on or before {date}; add one at /api/exchange-rates",
            details={"currency": currency, "base": base, "date": date.isoformat()},
        )
    return found


@transaction.atomic
def create_exchange_rate(*, currency: str, date: dt.date, rate: Decimal, actor: Actor) -> ExchangeRate:
    """A rate that holds from a day on. Raises UnknownCurrencyError, InvalidInputError and ConflictError."""
    money.minor_digits(currency)
    if currency == held_settings().currency:
        raise InvalidInputError(
            f"{currency} is the currency of the books; it needs no rate",
            details={"fields": {"currency": ["It is the books' own."]}},
        )
    _check_positive(rate)
    row = ExchangeRate(id=ids.new_id(), currency=currency, date=date, rate=rate)
    announce(
        action="exchange_rate.created",
        actor=actor,
        subject=row.public_id,
        data={"currency": currency, "date": date.isoformat(), "rate": str(rate)},
    )
    with refusing("exchange_rate_once", _taken(currency, date)):
        row.save(force_insert=True)
    return row


@transaction.atomic
def update_exchange_rate(*, rate_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> ExchangeRate:
    """Corrects a rate or its day; what is booked keeps the rate it was booked with.

    Raises NotFoundError, InvalidInputError and ConflictError.
    """
    row = locked(ExchangeRate, rate_id)
    if "rate" in changes:
        _check_positive(changes["rate"])
    with refusing("exchange_rate_once", _taken(row.currency, changes.get("date", row.date))):
        announce_and_save(row, changes, action="exchange_rate.updated", actor=actor)
    return row


@transaction.atomic
def delete_exchange_rate(*, rate_id: uuid.UUID, actor: Actor) -> None:
    """Removes a rate; what is booked keeps it. Raises NotFoundError."""
    row = locked(ExchangeRate, rate_id)
    announce(
        action="exchange_rate.deleted",
        actor=actor,
        subject=row.public_id,
        data={"currency": row.currency, "date": row.date.isoformat(), "rate": str(row.rate)},
    )
    row.delete()


def _check_positive(rate: Decimal) -> None:
    if rate <= 0:
        raise InvalidInputError("A rate is above zero", details={"fields": {"rate": ["It must be above zero."]}})


def _taken(currency: str, date: dt.date) -> ConflictError:
    return ConflictError(
        f"There is a rate of {currency} for {date} already; change that one",
        code="EXCHANGE_RATE_TAKEN",
        details={"fields": {"date": ["There is a rate for this day."]}},
    )
