"""Removing rows whose time is over, so that tables do not grow for ever."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from integrations_site.kernel import clock

_AT_ONCE = 500


def days_ago(days: int) -> dt.datetime:
    """The instant so many days before now."""
    return clock.now() - dt.timedelta(days=days)


def remove(rows: QuerySet[Any], *, before: Callable[[], object] | None = None) -> int:
    """Removes rows in the present scope, some hundred at a time, each time in a transaction of its own; how many.

    What depends on them goes with them. Rows that somebody else has locked stay until the next time. `before` is called
    in each transaction that removes something, first.
    """
    removed = 0
    some = _remove_some(rows.order_by("pk"), before)
    while some:
        removed += len(some)
        some = _remove_some(rows.order_by("pk").filter(pk__gt=some[-1]), before)
    return removed


@transaction.atomic
def _remove_some(rows: QuerySet[Any], before: Callable[[], object] | None) -> list[Any]:
    found = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:_AT_ONCE])
    if found and before is not None:
        before()
    rows.model._default_manager.filter(pk__in=found).delete()
    return found
