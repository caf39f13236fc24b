"""Open and closed periods."""

import datetime as dt

from ledger.services.bookkeeping.errors import PeriodLockedError, details


def require_open_period(date: dt.date, locked_until: dt.date | None) -> None:
    """Raises PeriodLockedError where the books are closed on a day."""
    if locked_until is not None and date <= locked_until:
        raise period_locked(date, locked_until)


def period_locked(date: dt.date, locked_until: dt.date | None = None) -> PeriodLockedError:
    """The refusal to book on a day of a closed period."""
    until = f"up to {locked_until}" if locked_until else "for this day"
    return PeriodLockedError(
        f"Nothing can be booked on {date}: the books are closed {until}",
        details=details(
            "Ask a tenant admin to open the period (setting locked_until), or handle it in an open one",
            date=date.isoformat(),
            locked_until=locked_until.isoformat() if locked_until else None,
        ),
    )
