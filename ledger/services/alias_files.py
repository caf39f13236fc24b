"""SKU aliases as CSV: out for a spreadsheet, and in again, all of a file or nothing of it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.files import spreadsheets
from integrations_site.kernel import clock
from integrations_site.kernel.errors import UnprocessableError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import SkuAlias, Vendor

COLUMNS = ("vendor_sku", "internal_sku", "vendor_code")
MAX_BYTES = 10_000_000
MAX_ROWS = 100_000
_LONGEST_SKU = 100
_PROBLEMS_SHOWN = 100
_BATCH = 5_000

Key = tuple[str, str]


class AliasFileError(UnprocessableError):
    """The file cannot be taken in; `details.rows` says row by row why (the header is row 1)."""

    code = "CSV_INVALID"


@dataclass(frozen=True, slots=True)
class AliasRow:
    """A row of the file; an empty vendor code makes a global alias."""

    number: int
    vendor_sku: str
    internal_sku: str
    vendor_code: str

    @property
    def key(self) -> Key:
        """What may stand once in a file."""
        return self.vendor_sku, self.vendor_code


@dataclass(frozen=True, slots=True)
class ImportedAliases:
    """What a file has done; the three add up to its rows."""

    created: int
    updated: int
    unchanged: int


def export_aliases() -> Iterator[bytes]:
    """Every alias of the tenant in scope as lines of CSV, read from the database as they are taken."""
    found = SkuAlias.objects.order_by("vendor_sku", "vendor_id")
    rows = found.values_list("vendor_sku", "internal_sku", "vendor__code").iterator(chunk_size=2_000)
    yield from spreadsheets.lines([COLUMNS])
    yield from spreadsheets.lines([_exported(cell or "") for cell in row] for row in rows)


@transaction.atomic
def import_aliases(*, content: bytes, actor: Actor) -> ImportedAliases:
    """Makes and changes the aliases of a CSV file with the columns vendor_sku, internal_sku and vendor_code.

    An alias of the same vendor and SKU gets the file's internal SKU; others stay. Where any row is wrong nothing is
    changed. Raises AliasFileError.
    """
    rows = _read(content)
    # One file after the other: two that take each other's rows in different orders would wait for each other for ever.
    Tenant.objects.select_for_update(no_key=True).get(pk=scope.tenant_id())
    vendors = _vendors(rows)
    _check(rows, vendors)
    before = _present(rows)
    counts = _count(rows, before)
    announce(
        action="sku_aliases.imported",
        actor=actor,
        subject="sku_aliases",
        data={"created": counts.created, "updated": counts.updated, "unchanged": counts.unchanged},
    )
    _write([row for row in rows if before.get(row.key) != row.internal_sku], vendors)
    return counts


def _read(content: bytes) -> list[AliasRow]:
    if len(content) > MAX_BYTES:
        raise AliasFileError(f"The file is larger than {MAX_BYTES:,} bytes; split it", code="CSV_TOO_LARGE")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AliasFileError(f"The file is not UTF-8: byte {error.start} is wrong. Save it as CSV UTF-8") from None
    header = text.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    try:
        return _rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise AliasFileError(f"The file is no CSV: {error}") from None


def _rows(reader: Iterator[list[str]]) -> list[AliasRow]:
    header = [name.strip() for name in next(reader, [])]
    if sorted(header) != sorted(COLUMNS):
        raise AliasFileError(
            f"The first row must name the columns {', '.join(COLUMNS)}; it says {', '.join(header)[:200] or 'nothing'}",
            details={"columns": list(COLUMNS)},
        )
    rows: list[AliasRow] = []
    problems: list[dict[str, Any]] = []
    for number, cells in enumerate(reader, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.append(_problem(number, None, f"{len(cells)} cells instead of {len(header)}"))
            continue
        values = {name: _original(cell.strip()) for name, cell in zip(header, cells, strict=True)}
        rows.append(AliasRow(number, **values))
        if len(rows) > MAX_ROWS:
            raise AliasFileError(f"The file has more than {MAX_ROWS:,} rows; split it", code="CSV_TOO_LARGE")
    _refuse(problems)
    return rows


def _exported(text: str) -> str:
    """One apostrophe more where a text looks neutralised by itself, so that `_original` leads back to it."""
    return f"'{text}" if _is_neutralised(text) else text


def _original(cell: str) -> str:
    return cell[1:] if _is_neutralised(cell) else cell


def _is_neutralised(text: str) -> bool:
    bare = text.lstrip("'")
    return bare != text and spreadsheets.harmless(bare) != bare


def _vendors(rows: Sequence[AliasRow]) -> Mapping[str, Vendor]:
    codes = {row.vendor_code for row in rows}
    return {vendor.code: vendor for vendor in Vendor.objects.filter(code__in=codes)}


def _check(rows: Sequence[AliasRow], vendors: Mapping[str, Vendor]) -> None:
    seen: dict[Key, int] = {}
    problems = []
    for row in rows:
        problems += [_problem(row.number, column, reason) for column, reason in _reasons(row, vendors)]
        first = seen.setdefault(row.key, row.number)
        if first != row.number:
            problems.append(_problem(row.number, "vendor_sku", f"row {first} has the same vendor_sku and vendor_code"))
    _refuse(problems)


def _reasons(row: AliasRow, vendors: Mapping[str, Vendor]) -> Iterator[tuple[str, str]]:
    for column, sku in (("vendor_sku", row.vendor_sku), ("internal_sku", row.internal_sku)):
        if not sku:
            yield column, "it is empty"
        elif len(sku) > _LONGEST_SKU:
            yield column, f"it is longer than {_LONGEST_SKU} characters"
        elif not sku.isprintable():
            yield column, "it holds a character that cannot be printed"
    if row.vendor_code and row.vendor_code not in vendors:
        yield "vendor_code", f"there is no vendor with the code {row.vendor_code[:50]}"


def _present(rows: Sequence[AliasRow]) -> dict[Key, str]:
    """The aliases that the file speaks of, as they are, locked."""
    present: dict[Key, str] = {}
    skus = sorted({row.vendor_sku for row in rows})
    for start in range(0, len(skus), _BATCH):
        found = SkuAlias.objects.select_for_update(of=("self",)).filter(vendor_sku__in=skus[start : start + _BATCH])
        for sku, code, internal in found.order_by("id").values_list("vendor_sku", "vendor__code", "internal_sku"):
            present[sku, code or ""] = internal
    return present


def _count(rows: Sequence[AliasRow], before: Mapping[Key, str]) -> ImportedAliases:
    created = sum(row.key not in before for row in rows)
    unchanged = sum(before.get(row.key) == row.internal_sku for row in rows)
    return ImportedAliases(created=created, updated=len(rows) - created - unchanged, unchanged=unchanged)


def _write(rows: Sequence[AliasRow], vendors: Mapping[str, Vendor]) -> None:
    now = clock.now()
    SkuAlias.objects.bulk_create(
        [
            SkuAlias(
                vendor_sku=row.vendor_sku,
                internal_sku=row.internal_sku,
                vendor=vendors.get(row.vendor_code),
                updated_at=now,
            )
            for row in rows
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["tenant", "vendor_sku", "vendor"],
        update_fields=["internal_sku", "updated_at"],
    )


def _refuse(problems: Sequence[Mapping[str, Any]]) -> None:
    if problems:
        first = problems[0]
        raise AliasFileError(
            f"Row {first['row']}: {first['reason']}"
            + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
            details={"rows": list(problems[:_PROBLEMS_SHOWN]), "problems": len(problems)},
        )


def _problem(number: int, column: str | None, reason: str) -> dict[str, Any]:
    return {"row": number, "column": column, "reason": reason}
