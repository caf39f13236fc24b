"""SKU aliases: which one wins, and in and out as CSV."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import InventoryItem, SkuAlias, Vendor
from ledger.services.alias_files import MAX_ROWS, AliasFileError, export_aliases, import_aliases
from ledger.services.sku_aliases import create_alias
from ledger.services.sku_resolution import Rule, resolve_skus
from tests.api.clients import ApiCaller
from tests.concurrency import run_together
from tests.factories import make_vendor
from tests.factories.ledger import CLERK


def rows() -> set[tuple[str, str, str | None]]:
    return set(SkuAlias.objects.values_list("vendor_sku", "internal_sku", "vendor__code"))


def load(text: str) -> Any:
    return import_aliases(content=text.encode(), actor=CLERK)


@pytest.fixture
def acme(in_tenant: Tenant) -> Vendor:
    return make_vendor(code="ACME")


class TestResolution:
    def test_vendor_before_global_before_direct(self, acme: Vendor) -> None:
        InventoryItem.objects.create(sku="A")

        def rule() -> tuple[str | None, Rule]:
            found = resolve_skus(vendor_id=acme.pk, vendor_skus=["A"])["A"]
            return found.internal_sku, found.rule

        assert rule() == ("A", Rule.DIRECT)
        create_alias(vendor_sku="A", internal_sku="G", vendor=None, actor=CLERK)
        assert rule() == ("G", Rule.GLOBAL_ALIAS)
        create_alias(vendor_sku="A", internal_sku="V", vendor=acme, actor=CLERK)
        assert rule() == ("V", Rule.VENDOR_ALIAS)
        other = resolve_skus(vendor_id=make_vendor().pk, vendor_skus=["A", "Z"])
        assert (other["A"].rule, other["Z"].rule) == (Rule.GLOBAL_ALIAS, Rule.NONE)

    def test_two_statements_however_many(self, acme: Vendor) -> None:
        for count in (1, 1000):
            with CaptureQueriesContext(connection) as captured:
                resolve_skus(vendor_id=acme.pk, vendor_skus=[f"S-{n}" for n in range(count)])
            assert len(captured) == 2

    def test_the_api_says_which_rule_won(self, admin: ApiCaller, tenant: Tenant) -> None:
        vendor = admin.post("/api/vendors", {"name": "Acme"}).json()["id"]
        item = admin.post("/api/inventory-items", {"sku": "OURS"}).json()["id"]
        for whose in (None, vendor):
            body = {"vendor_sku": "A", "internal_sku": "OURS" if whose else "NEW", "vendor_id": whose}
            made = admin.post("/api/sku-aliases", body)
            assert made.status_code == 201, made.content
            assert admin.post("/api/sku-aliases", body).json()["error"]["code"] == "ALIAS_TAKEN"

        def resolved(**query: Any) -> dict[str, Any]:
            return dict(admin.get("/api/sku-aliases/resolve", **query).json())

        assert resolved(vendor_sku="A") == {
            "vendor_sku": "A", "internal_sku": "NEW", "rule": "global_alias", "item_id": None,
        }  # fmt: skip
        assert resolved(vendor_sku="A", vendor_id=vendor)["item_id"] == item
        assert resolved(vendor_sku="OURS")["rule"] == "direct"
        assert resolved(vendor_sku="?") == {"vendor_sku": "?", "internal_sku": None, "rule": "none", "item_id": None}
        assert "vendor_sku" in resolved()["error"]["details"]["fields"]
        assert resolved(vendor_sku="A", vendor_id="vendor-x")["error"]["code"] == "VENDOR_NOT_FOUND"

    def test_an_alias_is_changed_and_removed(self, admin: ApiCaller) -> None:
        made = admin.post("/api/sku-aliases", {"vendor_sku": "A", "internal_sku": "B", "vendor_id": None}).json()
        path = f"/api/sku-aliases/{made['id']}"
        assert admin.patch(path, {"internal_sku": "C"}).json()["internal_sku"] == "C"
        assert admin.get("/api/sku-aliases", is_global="true").json()["total"] == 1
        assert admin.delete(path).status_code == 204
        assert admin.get(path).status_code == 404


class TestFiles:
    def test_rows_are_made_changed_and_left(self, acme: Vendor) -> None:
        create_alias(vendor_sku="B", internal_sku="OLD", vendor=acme, actor=CLERK)
        create_alias(vendor_sku="C", internal_sku="SAME", vendor=None, actor=CLERK)
        done = load("vendor_sku,internal_sku,vendor_code\nA,1,ACME\nA,2,\nB,NEW,ACME\n\nC,SAME,\n")
        assert (done.created, done.updated, done.unchanged) == (2, 1, 1)
        assert rows() == {("A", "1", "ACME"), ("A", "2", None), ("B", "NEW", "ACME"), ("C", "SAME", None)}

    def test_other_separators_orders_and_marks_are_read(self, acme: Vendor) -> None:
        load('\ufeffvendor_code;internal_sku;vendor_sku\r\nACME;\'=1+1;"a;b"\r\n')
        assert rows() == {("a;b", "=1+1", "ACME")}

    @pytest.mark.parametrize(
        ("text", "row", "column"),
        [
            ("A,1,ACME\nB,,ACME", 3, "internal_sku"),
            ("A,1,NOBODY", 2, "vendor_code"),
            ("A,1,ACME\nB,1\nC,1,", 3, None),
            ("A,1,ACME\nA,2,ACME", 3, "vendor_sku"),
            (f"{'A' * 101},1,", 2, "vendor_sku"),
            ("A\x00B,1,", 2, "vendor_sku"),
        ],
    )
    def test_one_wrong_row_stops_the_file(self, acme: Vendor, text: str, row: int, column: str | None) -> None:
        with pytest.raises(AliasFileError) as refused:
            load(f"vendor_sku,internal_sku,vendor_code\n{text}\n")
        [problem] = refused.value.details["rows"]
        assert (problem["row"], problem["column"]) == (row, column)
        assert not SkuAlias.objects.exists()

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe", b"sku,name\nA,B\n", b'vendor_sku,internal_sku,vendor_code\n"A,1,\n']
    )
    def test_what_is_no_such_file_is_refused(self, acme: Vendor, content: bytes) -> None:
        with pytest.raises(AliasFileError):
            import_aliases(content=content, actor=CLERK)

    def test_a_file_that_is_too_long_is_refused(self, acme: Vendor) -> None:
        lines = "".join(f"S-{n},1,\n" for n in range(MAX_ROWS + 1))
        with pytest.raises(AliasFileError) as refused:
            load(f"vendor_sku,internal_sku,vendor_code\n{lines}")
        assert refused.value.code == "CSV_TOO_LARGE"

    def test_the_statements_do_not_depend_on_the_rows(self, acme: Vendor) -> None:
        counts = []
        for count in (1, 2000):
            text = "".join(f"{count}-{n},1,ACME\n" for n in range(count))
            with CaptureQueriesContext(connection) as captured:
                load(f"vendor_sku,internal_sku,vendor_code\n{text}")
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_out_and_in_again_changes_nothing(self, acme: Vendor) -> None:
        for sku in ("=SUM(A1)", "'=x", "''-1", '"quoted", and', "+49", "@home", "plain"):
            create_alias(vendor_sku=sku, internal_sku=sku, vendor=acme, actor=CLERK)
        before, text = rows(), b"".join(export_aliases()).decode()
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell[0] in "=+-@"]
        done = load(text)
        assert (done.unchanged, rows()) == (7, before)

    def test_through_the_api(self, admin: ApiCaller, member: ApiCaller, stranger: ApiCaller, tenant: Tenant) -> None:
        text = "vendor_sku,internal_sku,vendor_code\nA,1,\n"
        done = admin.post("/api/sku-aliases/import", text, content_type="text/csv")
        assert (done.status_code, done.json()) == (200, {"created": 1, "updated": 0, "unchanged": 0})
        uploaded = admin.upload(
            "/api/sku-aliases/import", {"file": io.BytesIO(b"vendor_sku,internal_sku,vendor_code\nB,,\n")}
        )
        assert (uploaded.status_code, uploaded.json()["error"]["code"]) == (422, "CSV_INVALID")
        assert member.post("/api/sku-aliases/import", text, content_type="text/csv").status_code == 403
        assert admin.post("/api/sku-aliases/import", {}).status_code == 415
        answer = member.get("/api/sku-aliases/export")
        assert answer["Content-Type"].startswith("text/csv")
        assert b"".join(answer.streaming_content).decode() == "vendor_sku,internal_sku,vendor_code\r\nA,1,\r\n"
        assert b"A,1" not in b"".join(stranger.get("/api/sku-aliases/export").streaming_content)
        with scope.tenant_scope(tenant.id):
            assert rows() == {("A", "1", None)}


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_do_not_lock_each_other_out(tenant: Tenant) -> None:
    lines = [f"S{number},I{number}," for number in range(6_000)]

    def act(number: int) -> int:
        text = "\n".join(["vendor_sku,internal_sku,vendor_code", *(lines if number else reversed(lines))])
        try:
            with scope.tenant_scope(tenant.id):
                return int(import_aliases(content=text.encode(), actor=CLERK).created)
        finally:
            connection.close()

    assert sorted(run_together(act, 2)) == [0, len(lines)]
