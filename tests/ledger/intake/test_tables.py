"""The tables themselves: complete, alike in both syntaxes, and in terms that messages can name."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from ledger.intake.cii.document import INVOICE as CII
from ledger.intake.fields import Field, Group, Lines, Many, One, Term
from ledger.intake.terms import NAMES
from ledger.intake.ubl.document import CREDIT_NOTE, INVOICE

TABLES = {"ubl": INVOICE, "ubl credit note": CREDIT_NOTE, "cii": CII}
EVERY_TERM = {f"BT-{number}" for number in range(1, 166)} - {"BT-4"}  # EN 16931-1 has no BT-4
# Stated with another term in one syntax: a note's subject stands in UBL's note, and a subline's parent has no number.
WITHIN_ANOTHER = {"ubl": {"BT-21"}, "ubl credit note": {"BT-21"}, "cii": set[str]()}


def groups_in(field: Field) -> Iterator[Group[Any]]:
    if isinstance(field, One | Many | Lines):
        field = field.group
    if isinstance(field, Group):
        yield field
        for inner in field.fields.values():
            yield from groups_in(inner)


def terms_in(table: Group[Any]) -> Iterator[Term]:
    for group in groups_in(table):
        yield from (field for field in group.fields.values() if isinstance(field, Term))


@pytest.mark.parametrize("name", TABLES)
def test_every_business_term_of_the_norm_has_its_row(name: str) -> None:
    stated = {term.bt for term in terms_in(TABLES[name])}
    assert EVERY_TERM - stated == WITHIN_ANOTHER[name]
    assert stated <= EVERY_TERM


@pytest.mark.parametrize("name", TABLES)
def test_a_group_fills_every_field_of_its_dataclass(name: str) -> None:
    for group in groups_in(TABLES[name]):
        assert is_dataclass(group.record)
        missing = {field.name for field in fields(group.record)} - group.fields.keys()
        assert missing <= _left_out(group.record), group.record
        assert group.fields.keys() <= {field.name for field in fields(group.record)}


def _left_out(record: object) -> set[str]:
    """Parties other than the seller have fewer terms, and the allowances of a line have no tax of their own."""
    name = getattr(record, "__name__", "")
    if name == "AllowanceCharge":
        return {"tax_category", "tax_rate"}
    return {field.name for field in fields(record)} if name == "Party" else set()  # type: ignore[arg-type]


def test_both_syntaxes_require_the_same() -> None:
    required = [{term.bt for term in terms_in(table) if term.required} for table in TABLES.values()]
    assert required[0] - {"BT-22"} == required[1] - {"BT-22"} == required[2] - {"BT-22"}


def test_messages_have_a_name_for_every_term_and_group() -> None:
    used: set[str] = set()
    for table in TABLES.values():
        used |= {term.bt for term in terms_in(table)} | set(_group_numbers(table.fields))
    assert used <= NAMES.keys()
    assert all(name[0].isupper() and name == name.strip() for name in NAMES.values())


def _group_numbers(row: Mapping[str, Field]) -> Iterator[str]:
    for field in row.values():
        if isinstance(field, One | Many | Lines):
            yield field.bg
            yield from _group_numbers(field.group.fields)
        elif isinstance(field, Group):
            yield from _group_numbers(field.fields)
