"""Posts bills with django-ledger, in the benchmarks' own environment: `ledger_peer.py DATABASE_URL`.

It prints one JSON object when it is ready, and another for each line `LINES COUNT` that it reads: how many bills of so
many lines a second it created, itemised, reviewed and approved, one after the other.
"""

import datetime as dt
import json
import sys
import time
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command


def _configure(url: str) -> None:
    parts = urlsplit(url)
    settings.configure(
        SECRET_KEY="benchmark",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_ledger"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username or "",
                "PASSWORD": parts.password or "",
                "HOST": dict(parse_qsl(parts.query)).get("host", parts.hostname or ""),
                "PORT": str(parts.port or ""),
            }
        },
    )
    django.setup()


class Books:
    """An entity of django-ledger with a vendor, and an item for each line of the longest bill so far."""

    def __init__(self) -> None:
        # Models can be imported only after the set-up.
        self._models = import_module("django_ledger.models")
        self._user = get_user_model().objects.create_user(f"bench{time.time_ns()}")
        self._entity = self._models.EntityModel.create_entity(
            name=f"Bench {time.time_ns()}", use_accrual_method=True, admin=self._user, fy_start_month=1
        )
        self._entity.create_chart_of_accounts(assign_as_default=True, commit=True)
        self._entity.populate_default_coa(activate_accounts=True)
        self._vendor = self._entity.create_vendor({"vendor_name": "Acme", "email": "acme@example.com"})
        self._unit = self._entity.create_uom("Each", "ea")
        self._items: list[Any] = []

    def items(self, count: int) -> list[Any]:
        """So many different items."""
        while len(self._items) < count:
            self._items.append(self._entity.create_item_expense(f"Item {len(self._items)}", "O", self._unit))
        return self._items[:count]

    def post_bill(self, items: list[Any]) -> None:
        """A bill with a line for each item, as the library's own methods make, itemise, review and approve it."""
        today = dt.datetime.now(dt.UTC).date()
        bill = self._entity.create_bill(vendor_model=self._vendor, terms="net_30", date_draft=today)
        lines = {item.item_number: {"unit_cost": 10, "quantity": 10, "total_amount": 100} for item in items}
        itemised = bill.migrate_itemtxs(itemtxs=lines, operation=bill.ITEMIZE_APPEND, commit=True)
        bill.update_amount_due(itemtxs_qs=itemised)
        bill.save()
        bill.mark_as_review(commit=True, date_in_review=today)
        bill.mark_as_approved(user_model=self._user, entity_slug=self._entity.slug, date_approved=today, commit=True)

    def rate(self, lines: int, count: int) -> float:
        """How many bills of so many lines a second were posted."""
        items = self.items(lines)
        started = time.perf_counter()
        for _ in range(count):
            self.post_bill(items)
        return count / (time.perf_counter() - started)

    def journal_lines(self) -> int:
        """How many lines the journal has."""
        return int(self._models.TransactionModel.objects.count())


def main() -> None:
    """Opens books, then posts as asked until the input ends."""
    _configure(sys.argv[1])
    call_command("migrate", verbosity=0)
    books = Books()
    books.post_bill(books.items(10))
    _say(ready=True)
    for wanted in sys.stdin:
        lines, count = map(int, wanted.split())
        _say(per_second=books.rate(lines, count), journal_lines=books.journal_lines())


def _say(**found: Any) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
