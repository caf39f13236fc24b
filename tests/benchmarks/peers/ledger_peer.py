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


def _open_books() -> tuple[Any, Any, Any, list[Any]]:
    # Models can be imported only after the set-up.
    models = import_module("django_ledger.models")
    user = get_user_model().objects.create_user(f"bench{time.time_ns()}")
    entity = models.EntityModel.create_entity(
        name=f"Bench {time.time_ns()}", use_accrual_method=True, admin=user, fy_start_month=1
    )
    entity.create_chart_of_accounts(assign_as_default=True, commit=True)
    entity.populate_default_coa(activate_accounts=True)
    vendor = entity.create_vendor({"vendor_name": "Acme", "email": "acme@example.com"})
    unit = entity.create_uom("Each", "ea")
    items = [entity.create_item_expense(f"Item {n}", "O", unit) for n in range(10)]
    return user, entity, vendor, items


def _post_bill(user: Any, entity: Any, vendor: Any, items: list[Any], lines: int) -> None:
    today = dt.datetime.now(dt.UTC).date()
    transactions = import_module("django_ledger.models").ItemTransactionModel
    bill = entity.create_bill(vendor_model=vendor, terms="net_30", date_draft=today)
    rows = [
        transactions(bill_model=bill, item_model=items[n % len(items)], quantity=10, unit_cost=10, total_amount=100)
        for n in range(lines)
    ]
    for row in rows:
        row.clean()
    transactions.objects.bulk_create(rows)
    bill.update_amount_due()
    bill.save()
    bill.mark_as_review(commit=True, date_in_review=today)
    bill.mark_as_approved(user_model=user, entity_slug=entity.slug, date_approved=today, commit=True)


def _rate(books: tuple[Any, Any, Any, list[Any]], lines: int, count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        _post_bill(*books, lines)
    return count / (time.perf_counter() - started)


def _say(per_second: float | None) -> None:
    journal_lines = import_module("django_ledger.models").TransactionModel.objects.count()
    sys.stdout.write(json.dumps({"per_second": per_second, "journal_lines": journal_lines}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Opens books, then posts as asked until the input ends."""
    _configure(sys.argv[1])
    call_command("migrate", verbosity=0)
    books = _open_books()
    _post_bill(*books, 10)
    _say(None)
    for wanted in sys.stdin:
        lines, count = map(int, wanted.split())
        _say(_rate(books, lines, count))


if __name__ == "__main__":
    main()
