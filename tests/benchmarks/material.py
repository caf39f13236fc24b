"""As many cases as wanted: a few are made as callers make them, the others are copies made in the database."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import ids
from ledger.models import Case, CaseTax, InventoryItem, LineItem, SkuAlias, Vendor
from tests.factories import make_approved_case, make_line

_AT_ONCE = 100_000


def stock_items(count: int, vendor: Vendor) -> None:
    """Items ITEM-0, ITEM-1, …, and an alias of the vendor's for every second one."""
    InventoryItem.objects.bulk_create(InventoryItem(sku=f"ITEM-{number}") for number in range(count))
    SkuAlias.objects.bulk_create(
        SkuAlias(vendor_sku=f"V-{number}", internal_sku=f"ITEM-{number}", vendor=vendor)
        for number in range(0, count, 2)
    )


def template(vendor: Vendor, lines: int) -> Case:
    """An approved invoice over as many items, half of them under the vendor's own numbers, with 20 % tax."""
    items = [
        make_line(str(100 + number % 50), sku=f"{'ITEM' if number % 2 else 'V'}-{number}", tax_rate=Decimal(20))
        for number in range(lines)
    ]
    tax = sum((line.line_total for line in items), Decimal(0)) / 5
    return make_approved_case(vendor, *items, tax=tax)


def copies(original: Case, count: int, *, whole: bool = True) -> list[uuid.UUID]:
    """The ids of new cases like the original, each a millisecond younger than the one before.

    They have its lines and taxes too, if `whole`.
    """
    made: list[uuid.UUID] = []
    while len(made) < count:
        new = [ids.new_id() for _ in range(min(count - len(made), _AT_ONCE))]
        with transaction.atomic():
            announce(action="cases.copied", actor=HUB, data={"count": len(new)})
            _copy_cases(original, new, before=len(made))
            if whole:
                _copy_parts(LineItem, original, new)
                _copy_parts(CaseTax, original, new)
        made += new
    return made


def _copy_cases(original: Case, new: list[uuid.UUID], *, before: int) -> None:
    changes = {
        "id": "new.id",
        "invoice_number": "'INV-' || new.id",
        "created_at": "o.created_at + (new.rank + %(before)s) * interval '1 millisecond'",
    }
    _copy(Case, changes, "o.id", {"original": original.pk, "new": new, "before": before})


def _copy_parts(model: type[models.Model], original: Case, new: list[uuid.UUID]) -> None:
    changes = {"id": "gen_random_uuid()", "case_id": "new.id"}
    _copy(model, changes, "o.case_id", {"original": original.pk, "new": new})


def _copy(model: type[models.Model], changes: Mapping[str, str], key: str, parameters: Mapping[str, Any]) -> None:
    columns = [field.column for field in model._meta.concrete_fields if field.column]
    values = [changes.get(column, f"o.{column}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} "
            f"FROM {model._meta.db_table} o, unnest(%(new)s::uuid[]) WITH ORDINALITY AS new(id, rank) "
            f"WHERE {key} = %(original)s",
            parameters,
        )
