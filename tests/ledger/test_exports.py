"""Approved cases leave the hub as files: exact, harmless, for a while, and only of their own tenant."""

import datetime as dt
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.files import services as files
from integrations_site.files.models import StoredFile
from integrations_site.files.purging import purge_expired
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant, User
from ledger.models import Artifact, Case, CaseKind, CaseStatus
from ledger.services import exports
from ledger.services.artifacts import attach_file
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_approved_case, make_case, make_line, make_member, make_vendor
from tests.ledger.tables import table

HEADER = "case_id,invoice_number,invoice_date,vendor_name,subtotal,tax,total"


@pytest.fixture(autouse=True)
def _stored_in(tmp_path: Path, settings: Any) -> None:
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"default": default}


@pytest.fixture
def case(in_tenant: Tenant) -> Case:
    """An approved case of 1,000.00 and 100.00 tax."""
    return make_approved_case(make_vendor(name="Acme Corp"), tax="100.00", invoice_number="INV-001")


def exported(caller: ApiCaller, case: Case, **body: Any) -> dict[str, Any]:
    """The answer to an export."""
    answer = caller.post(f"/api/cases/{case.public_id}/export", body)
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def fetched(told: dict[str, Any]) -> bytes:
    """The exported file, fetched by somebody without a token."""
    answer = Client().get(urlsplit(told["export_url"]).path)
    assert answer.status_code == 200
    content = answer.getvalue()
    assert len(content) == told["size_bytes"]
    return content


def test_json_has_the_stated_fields_and_exact_numbers(member: ApiCaller, case: Case) -> None:
    told = exported(member, case, format="json", include_line_items=True, include_artifacts=False)
    assert told["format"] == "json"
    assert told["expires_at"] > clock.iso(clock.now())
    text = fetched(told).decode()
    assert '"subtotal":1000.00,"tax":100.00,"total":1100.00' in text
    assert json.loads(text, parse_float=Decimal) == {
        "case_id": case.public_id,
        "invoice_number": "INV-001",
        "invoice_date": "2026-01-20",
        "vendor_name": "Acme Corp",
        "vendor_id": case.vendor.public_id,
        "subtotal": Decimal("1000.00"),
        "tax": Decimal("100.00"),
        "total": Decimal("1100.00"),
        "line_items": [
            {
                "sku": "WIDGET-1",
                "description": "Widget",
                "quantity": 10,
                "unit_price": Decimal("100.00"),
                "line_total": Decimal("1000.00"),
            }
        ],
        "approved_by": "user-chief",
        "approved_at": clock.iso(case.approved_at or clock.now()),
    }


def test_csv_is_the_stated_header_and_one_row(member: ApiCaller, case: Case) -> None:
    lines = fetched(exported(member, case, format="csv")).decode().splitlines()
    assert lines == [HEADER, f"{case.public_id},INV-001,2026-01-20,Acme Corp,1000.00,100.00,1100.00"]


def test_lines_are_left_out_of_json_and_put_into_csv_on_request(member: ApiCaller, in_tenant: Tenant) -> None:
    case = make_approved_case(None, make_line("0.30", quantity="3"), make_line("5.00", quantity="0.5", sku="B"))
    assert "line_items" not in json.loads(fetched(exported(member, case, format="json", include_line_items=False)))
    rows = table(fetched(exported(member, case, format="csv", include_line_items=True)))
    assert ",".join(rows[0]) == f"{HEADER},line_number,sku,description,quantity,unit_price,line_total"
    assert [(row["total"], row["line_number"], row["sku"], row["quantity"], row["unit_price"]) for row in rows] == [
        ("5.30", "1", "WIDGET-1", "3", "0.10"),
        ("5.30", "2", "B", "0.5", "10.00"),
    ]


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1100"), ("USD", "1100.00"), ("KWD", "1100.000")])
def test_amounts_have_their_currencys_decimals(
    member: ApiCaller, in_tenant: Tenant, currency: str, amount: str
) -> None:
    case = make_approved_case(None, make_line("1000"), tax="100", currency=currency)
    assert f'"total":{amount},' in fetched(exported(member, case, format="json")).decode()
    assert table(fetched(exported(member, case, format="csv")))[0]["total"] == amount
    assert table(member.get("/api/cases/export").getvalue())[0]["total"] == amount


def test_prices_keep_every_decimal_and_large_amounts_every_digit(member: ApiCaller, in_tenant: Tenant) -> None:
    line = make_line("999999999999999.99", quantity="1", unit_price=Decimal("0.00000012"))
    case = make_approved_case(None, make_line("0.01"), tax="0")
    Case.objects.filter(pk=case.pk).update(total=Decimal("999999999999999.99"))
    case.line_items.update(unit_price=line.unit_price)
    text = fetched(exported(member, case, format="json")).decode()
    assert '"total":999999999999999.99,' in text
    assert '"unit_price":0.00000012,' in text
    assert (
        table(fetched(exported(member, case, format="csv", include_line_items=True)))[0]["unit_price"] == "0.00000012"
    )


def test_a_credit_note_is_negative(member: ApiCaller, in_tenant: Tenant) -> None:
    case = make_approved_case(None, tax="100.00", kind=CaseKind.CREDIT_NOTE)
    content = json.loads(fetched(exported(member, case, format="json")))
    assert (content["total"], content["line_items"][0]["quantity"]) == (-1100.0, -10)
    assert content["line_items"][0]["unit_price"] == 100.0
    assert table(fetched(exported(member, case, format="csv")))[0]["total"] == "-1100.00"
    assert table(member.get("/api/cases/export").getvalue())[0]["total"] == "-1100.00"


def test_no_cell_is_a_formula(member: ApiCaller, in_tenant: Tenant) -> None:
    vendor = make_vendor(name="=cmd|' /C calc'!A0")
    case = make_approved_case(vendor, make_line(sku="+SUM(1)", description="@evil, or not"), invoice_number="-2+3")
    [row] = table(fetched(exported(member, case, format="csv", include_line_items=True)))
    assert (row["vendor_name"], row["invoice_number"]) == ("'=cmd|' /C calc'!A0", "'-2+3")
    assert (row["sku"], row["description"]) == ("'+SUM(1)", "'@evil, or not")
    [listed] = table(member.get("/api/cases/export").getvalue())
    assert (listed["vendor_name"], listed["invoice_number"]) == ("'=cmd|' /C calc'!A0", "'-2+3")
    assert json.loads(fetched(exported(member, case, format="json")))["vendor_name"] == vendor.name


def test_artifacts_come_in_an_archive(member: ApiCaller, case: Case, actor: Actor) -> None:
    for name in ("Scan März.pdf", "../Scan März.pdf"):
        attach_file(case_id=case.pk, content=b"%PDF-1.7 " + name.encode(), name=name, actor=actor)
    told = exported(member, case, format="json", include_artifacts=True)
    assert told["export_url"].endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(fetched(told))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["export-INV-001.json", "artifacts/01-Scan-Marz.pdf", "artifacts/02-Scan-Marz.pdf"]
        assert json.loads(archive.read("export-INV-001.json"))["line_items"]
        assert archive.read("artifacts/02-Scan-Marz.pdf") == "%PDF-1.7 ../Scan März.pdf".encode()


def test_an_archive_without_artifacts_holds_the_export(member: ApiCaller, case: Case) -> None:
    told = exported(member, case, format="csv", include_artifacts=True)
    with zipfile.ZipFile(io.BytesIO(fetched(told))) as archive:
        assert archive.namelist() == ["export-INV-001.csv"]
        assert archive.read("export-INV-001.csv").decode().splitlines()[0] == HEADER


def test_a_lost_artifact_is_named_and_nothing_is_written(member: ApiCaller, case: Case, actor: Actor) -> None:
    artifact = attach_file(case_id=case.pk, content=b"%PDF-1.7", name="scan.pdf", actor=actor)
    default_storage.delete(artifact.file.key)
    answer = member.post(f"/api/cases/{case.public_id}/export", {"format": "json", "include_artifacts": True})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "ARTIFACT_MISSING"
    assert "scan.pdf" in answer.json()["error"]["message"]
    assert StoredFile.objects.count() == 1
    assert Artifact.objects.count() == 1


@pytest.mark.parametrize("status", [CaseStatus.DRAFT, CaseStatus.PENDING_APPROVAL, CaseStatus.REJECTED])
def test_what_is_not_approved_does_not_leave(member: ApiCaller, in_tenant: Tenant, status: CaseStatus) -> None:
    case = make_case()
    Case.objects.filter(pk=case.pk).update(status=status)
    answer = member.post(f"/api/cases/{case.public_id}/export", {"format": "json"})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "CASE_NOT_APPROVED"
    assert not StoredFile.objects.exists()
    assert not AuditEntry.objects.filter(action="case.exported").exists()
    listed = member.get("/api/cases/export", status=status)
    assert listed.status_code == 403
    assert member.get("/api/cases/export").getvalue().decode().count("\n") == 1


@pytest.mark.parametrize("status", [CaseStatus.INTEGRATED, CaseStatus.NEEDS_REVIEW, CaseStatus.ROLLED_BACK])
def test_what_was_approved_and_booked_can_still_leave(member: ApiCaller, case: Case, status: CaseStatus) -> None:
    Case.objects.filter(pk=case.pk).update(status=status)
    assert fetched(exported(member, case, format="csv"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({}, "format"),
        ({"format": None}, "format"),
        ({"format": "json", "include_line_items": "perhaps"}, "include_line_items"),
        ({"format": "json", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_request_is_refused(member: ApiCaller, case: Case, body: dict[str, Any], field: str) -> None:
    answer = member.post(f"/api/cases/{case.public_id}/export", body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["details"]["fields"]
    assert not StoredFile.objects.exists()


def test_an_unknown_case_and_another_tenants_are_not_there(case: Case, rival: Tenant) -> None:
    stranger = api_client(make_member(rival))
    for name in (case.public_id, "case-nope", f"case-{'0' * 32}"):
        answer = stranger.post(f"/api/cases/{name}/export", {"format": "json"})
        assert answer.status_code == 404
    assert stranger.get("/api/cases/export").getvalue().decode().count("\n") == 1
    assert not StoredFile.objects.exists()


def test_an_altered_or_expired_link_answers_nothing(member: ApiCaller, case: Case, client: Client) -> None:
    path = urlsplit(exported(member, case, format="json")["export_url"]).path
    assert path.endswith(".json")
    assert client.get(path[:-3] + "xyz").status_code in {403, 404}
    with time_machine.travel(clock.now() + dt.timedelta(hours=2)):
        assert client.get(path).status_code == 410


def test_an_export_is_noted_and_removed_after_its_time(member: ApiCaller, case: Case, plain_user: User) -> None:
    exported(member, case, format="csv", include_line_items=True)
    entry = AuditEntry.objects.get(action="case.exported")
    assert (entry.actor, entry.subject) == (plain_user.public_id, case.public_id)
    assert entry.data == {
        "format": "csv", "line_items": True, "artifacts": False, "sha256": StoredFile.objects.get().sha256
    }  # fmt: skip
    with time_machine.travel(clock.now() + dt.timedelta(hours=2)):
        assert purge_expired() == 1
    assert not StoredFile.objects.exists()


def test_a_case_that_is_taken_back_meanwhile_is_not_exported(
    case: Case, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the case and keeping the file somebody rejects it."""
    upload = files.upload

    def rejected_meanwhile(**given: Any) -> files.Upload:
        Case.objects.filter(pk=case.pk).update(status=CaseStatus.REJECTED)
        return upload(**given)

    monkeypatch.setattr(files, "upload", rejected_meanwhile)
    options = exports.ExportOptions(format=exports.ExportFormat.JSON, line_items=True)
    with pytest.raises(exports.CaseChangedError):
        exports.export_case(case_id=case.pk, options=options, actor=actor)
    assert not StoredFile.objects.exists()
    assert not AuditEntry.objects.filter(action="case.exported").exists()


def test_the_statements_do_not_depend_on_lines(member: ApiCaller, in_tenant: Tenant) -> None:
    counts = []
    for lines in (1, 200):
        case = make_approved_case(None, *(make_line("1.00") for _ in range(lines)))
        with CaptureQueriesContext(connection) as queries:
            exported(member, case, format="json")
        counts.append(len(queries))
    assert counts[0] == counts[1]
