"""CSV that no spreadsheet executes, and that streams whatever its length."""

import csv
import io
import tracemalloc

import pytest
from django.db import connection
from django.db.models import TextField, Value

from integrations_site.files.spreadsheets import Harmless, copied, harmless, lines
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]  # noqa: RUF001
HARMLESS = ["", "a=b", "1-2", "é", 'say "hi"', "a,b", "a\nb", " =1", "'=1", "\\N"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_dangerous_texts_get_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay(text: str) -> None:
    assert harmless(text) == text


def test_lines_keep_numbers_and_quote_what_needs_it() -> None:
    assert b"".join(lines([["a,b", "=1", -5, None]])) == b'"a,b",\'=1,-5,\r\n'


@pytest.mark.parametrize("text", DANGEROUS + HARMLESS)
def test_the_database_judges_alike(in_tenant: Tenant, text: str) -> None:
    FailedTask.objects.create(name="a", error=text)
    rows = FailedTask.objects.values_list(Harmless("error"), Harmless(Value("=1", TextField())))
    made = b"".join(copied(["error", "value"], rows)).decode()
    assert list(csv.reader(io.StringIO(made, newline=""))) == [["error", "value"], [harmless(text), "'=1"]]


def fill(rows: int) -> None:
    """So many rows of the tenant in scope."""
    FailedTask.objects.bulk_create([FailedTask(name=f"task {number}", error="x" * 200) for number in range(rows)])


def test_a_long_table_comes_in_blocks_and_takes_no_memory(in_tenant: Tenant) -> None:
    fill(50_000)
    rows = copied(["name", "error"], FailedTask.objects.order_by("pk").values_list("name", "error"))
    tracemalloc.start()
    try:
        sizes = [len(block) for block in rows]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 10_000_000
    assert all(64 * 1024 <= size < 80 * 1024 for size in sizes[:-1])
    assert peak < 2_000_000


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_leaves_early_leaves_the_connection_usable(in_tenant: Tenant) -> None:
    fill(20_000)
    rows = copied(["error"], FailedTask.objects.values_list("error"))
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert FailedTask.objects.count() == 20_000


def test_the_rows_are_those_of_the_scope_in_which_the_table_was_asked_for(tenant: Tenant, rival: Tenant) -> None:
    """The body of an answer is made when the request's own scope has ended."""
    for owner in (tenant, rival):
        with scope.tenant_scope(owner.id):
            FailedTask.objects.create(name=owner.name, error="")
    with scope.tenant_scope(tenant.id):
        rows = copied(["name"], FailedTask.objects.values_list("name"))
    with scope.tenant_scope(rival.id):
        assert b"".join(rows).decode().splitlines() == ["name", tenant.name]
    with scope.no_tenant(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenancy_failedtask")
        assert cursor.fetchone() == (0,)
