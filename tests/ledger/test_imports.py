"""Documents in, drafts out: through the service, the API and the command line."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from integrations_site.audit.models import AuditEntry
from integrations_site.files.models import StoredFile
from integrations_site.files.services import open_file
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Artifact, Case, CaseStatus, Vendor
from ledger.samples import sample_invoices
from ledger.services.approvals import VendorUnconfirmedError, approve_case, submit_case
from ledger.services.cases import as_input, delete_case, update_case
from ledger.services.imports import DuplicateFileError, IncomingFile, import_document, import_documents
from ledger.services.vendor_matching import AmbiguousVendorError, UnknownVendorError
from tests.api.clients import ApiCaller
from tests.concurrency import run_together
from tests.factories import make_vendor, set_settings
from tests.factories.ledger import CHIEF, CLERK
from tests.ledger.intake.comparing import differences
from tests.ledger.intake.corpus import FILES, PAIRS, content_of, needs_corpus
from tests.ledger.intake.samples import CII, CREDIT_NOTE, UBL, changed
from tests.ledger.intake.test_pairs import IN_THE_DRAFT

NUMBER = "VDK-2026-04417"
# The published files of this pair give the seller different VAT numbers.
OF_TWO_SELLERS = "xrechnung/01.21a-INVOICE"


def imported(content: bytes, name: str = "invoice.xml") -> Case:
    return import_document(file=IncomingFile(name, content), actor=CLERK)


def refused(content: bytes) -> HubError:
    """The error of an import, which must have left nothing behind."""
    before = Case.objects.count(), Vendor.objects.count(), StoredFile.objects.count(), AuditEntry.objects.count()
    with pytest.raises(HubError) as error:
        imported(content)
    assert before == (
        Case.objects.count(), Vendor.objects.count(), StoredFile.objects.count(), AuditEntry.objects.count(),
    )  # fmt: skip
    return error.value


@pytest.mark.usefixtures("in_tenant")
class TestImport:
    def test_a_document_becomes_a_draft_and_is_kept(self) -> None:
        case = imported(UBL, "march/../invoice 1.xml")
        assert (case.status, case.source, case.invoice_number) == (CaseStatus.DRAFT, "ubl", NUMBER)
        assert case.subtotal + case.tax == case.total
        assert sum((line.line_total for line in case.line_items.all()), Decimal(0)) == case.subtotal
        assert sum((tax.amount for tax in case.taxes.all()), Decimal(0)) == case.tax
        original = Artifact.objects.get(case=case)
        assert (original.kind, original.file.content_type) == ("original", "application/xml")
        with open_file(original.file) as kept:
            assert kept.read() == UBL
        vendor = case.vendor
        assert not vendor.is_confirmed
        assert vendor.tax_id

    def test_every_sample_of_the_project(self) -> None:
        outcomes = import_documents(files=[IncomingFile(*each) for each in sample_invoices()], actor=CLERK)
        assert len(outcomes) >= 8
        assert [outcome.error for outcome in outcomes if outcome.error] == []

    def test_a_credit_note_is_one(self) -> None:
        case = imported(CREDIT_NOTE)
        assert case.kind == "credit_note"
        assert case.total > 0
        assert case.preceding_invoice

    def test_what_does_not_add_up_is_kept_and_told(self) -> None:
        case = imported(changed(UBL, ">1354.15</cbc:PayableAmount>", ">1354.16</cbc:PayableAmount>"))
        [difference] = case.differences
        assert (difference["code"], difference["difference"]) == ("BR-CO-16", "0.01")
        assert case.payable == Decimal("1354.16")
        update_case(case_id=case.id, changes={"order_reference": "PO-1"}, actor=CLERK)
        assert Case.objects.get().differences == case.differences

    def test_the_same_file_is_one_case(self) -> None:
        case = imported(UBL)
        error = refused(UBL)
        assert (error.code, error.details) == ("DUPLICATE_FILE", {"case_id": case.public_id})
        delete_case(case_id=case.id, actor=CLERK)
        assert not StoredFile.objects.exists()
        assert imported(UBL).invoice_number == NUMBER

    def test_an_imported_vendor_is_confirmed_before_approval(self) -> None:
        case = imported(UBL)
        submit_case(case_id=case.id, actor=CLERK)
        with pytest.raises(VendorUnconfirmedError):
            approve_case(case_id=case.id, actor=CHIEF, is_admin=True)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + UBL[UBL.index(b"<Invoice") :], "UNSAFE_XML"),
            (b"<html/>", "UNSUPPORTED_DOCUMENT"),
            (b"", "INVALID_XML"),
            (UBL[:-40], "INVALID_XML"),
            (changed(UBL, f"<cbc:ID>{NUMBER}</cbc:ID>", ""), "MISSING_ELEMENT"),
            (changed(UBL, NUMBER, "9" * 201), "INVALID_VALUE"),
            (UBL + b" " * 20_000_000, "TOO_LARGE"),
        ],
    )
    def test_what_cannot_be_read_leaves_nothing(self, content: bytes, code: str) -> None:
        assert refused(content).code == code


@pytest.mark.usefixtures("in_tenant")
class TestVendors:
    def seller(self) -> Vendor:
        """The vendor that the sample names, as an import makes it."""
        case = imported(UBL)
        vendor = case.vendor
        delete_case(case_id=case.id, actor=CLERK)
        return vendor

    def test_by_tax_number_before_address_before_name(self) -> None:
        known = self.seller()
        Vendor.objects.all().delete()
        by_name = make_vendor(name=f"  {known.name.upper()} ")
        case = imported(UBL)
        assert case.vendor == by_name
        delete_case(case_id=case.id, actor=CLERK)
        if known.electronic_address:
            by_address = make_vendor(electronic_address=known.electronic_address.upper())
            case = imported(UBL)
            assert case.vendor == by_address
            delete_case(case_id=case.id, actor=CLERK)
        by_number = make_vendor(tax_id=f"{known.tax_id[:4]} {known.tax_id[4:]}".lower())
        assert imported(UBL).vendor == by_number

    def test_a_namesake_with_another_tax_number_is_another(self) -> None:
        known = self.seller()
        Vendor.objects.all().delete()
        namesake = make_vendor(name=known.name, tax_id="XX1")
        assert imported(UBL).vendor != namesake

    def test_an_unknown_one_is_refused_where_the_tenant_wants_so(self) -> None:
        name = self.seller().name
        Vendor.objects.all().delete()
        set_settings(unknown_vendor="refuse")
        error = refused(UBL)
        assert isinstance(error, UnknownVendorError)
        assert (error.code, error.details["seller"]["name"]) == ("VENDOR_NOT_FOUND", name)

    def test_two_that_match_are_a_persons_to_decide(self) -> None:
        known = self.seller()
        make_vendor(tax_id=known.tax_id)
        assert isinstance(refused(UBL), AmbiguousVendorError)
        Vendor.objects.filter(pk=known.pk).update(is_active=False)
        assert imported(UBL).vendor != known
        Vendor.objects.update(is_active=False)
        assert refused(CREDIT_NOTE).code == "VENDOR_INACTIVE" or Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_document_at_the_same_time_makes_one_case_and_one_vendor(tenant: Tenant) -> None:
    """Four threads: two with one file, two with another of the same unknown vendor."""
    second = changed(UBL, NUMBER, "VDK-OTHER")

    def run(number: int) -> str:
        with scope.tenant_scope(tenant.id):
            try:
                return imported(second if number % 2 else UBL).public_id
            except DuplicateFileError as error:
                return error.code
            finally:
                connection.close()

    outcomes = run_together(run, 4)
    assert outcomes.count("DUPLICATE_FILE") == 2
    with scope.tenant_scope(tenant.id):
        assert (Case.objects.count(), Vendor.objects.count(), Artifact.objects.count()) == (2, 1, 2)


class TestApi:
    def files(self, **contents: bytes) -> dict[str, Any]:
        return {name: io.BytesIO(content) for name, content in contents.items()}

    def test_one_file_as_the_body(self, admin: ApiCaller, tenant: Tenant) -> None:
        made = admin.post("/api/cases/import", UBL, content_type="application/xml")
        assert made.status_code == 201, made.content
        [result] = made.json()["results"]
        assert (result["invoice_number"], result["error"], made.json()["imported"]) == (NUMBER, None, 1)
        case = admin.get(f"/api/cases/{result['case_id']}").json()
        assert (case["vendor_id"], case["source"]) == (result["vendor_id"], "ubl")
        [original] = admin.get(f"/api/cases/{result['case_id']}/artifacts").json()["items"]
        assert original["kind"] == "original"
        again = admin.post("/api/cases/import", UBL, content_type="text/xml")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "DUPLICATE_FILE")
        assert again.json()["error"]["details"]["case_id"] == result["case_id"]

    def test_one_bad_file_does_not_stop_the_others(self, member: ApiCaller, tenant: Tenant) -> None:
        broken = changed(UBL, f"<cbc:ID>{NUMBER}</cbc:ID>", "")
        answer = member.upload("/api/cases/import", self.files(a=broken, b=CII, c=b"no XML", d=UBL))
        assert answer.status_code == 207, answer.content
        told = answer.json()
        assert (told["imported"], told["failed"]) == (2, 2)
        errors = [result["error"] and result["error"]["code"] for result in told["results"]]
        assert errors == ["MISSING_ELEMENT", None, "INVALID_XML", None]
        assert told["results"][0]["error"]["details"]["term"] == "BT-1"
        with scope.tenant_scope(tenant.id):
            assert Case.objects.count() == 2

    def test_where_none_can_be_read(self, admin: ApiCaller, tenant: Tenant) -> None:
        one = admin.post("/api/cases/import", b"<a/>", content_type="application/xml")
        assert (one.status_code, one.json()["error"]["code"]) == (422, "UNSUPPORTED_DOCUMENT")
        two = admin.upload("/api/cases/import", self.files(a=b"<a/>", b=b"<b/>"))
        assert (two.status_code, two.json()["error"]["code"]) == (422, "IMPORT_FAILED")
        assert len(two.json()["error"]["details"]["results"]) == 2
        none = admin.upload("/api/cases/import", {})
        assert (none.status_code, none.json()["error"]["code"]) == (400, "MALFORMED_REQUEST")
        assert admin.post("/api/cases/import", {"a": 1}).status_code == 415
        large = admin.post("/api/cases/import", b" " * 30_000_000, content_type="application/xml")
        assert (large.status_code, large.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
        with scope.tenant_scope(tenant.id):
            assert not Case.objects.exists()

    def test_files_are_attached_to_their_own_case_only(self, admin: ApiCaller, stranger: ApiCaller) -> None:
        made = admin.post("/api/cases/import", UBL, content_type="application/xml").json()
        path = f"/api/cases/{made['results'][0]['case_id']}/artifacts"
        note = io.BytesIO(b"Delivered on Monday")
        note.name = "note.txt"
        attached = admin.upload(path, {"file": note})
        assert (attached.status_code, attached.json()["kind"]) == (201, "attachment"), attached.content
        program = io.BytesIO(b"MZ\x90\x00 a program")
        program.name = "invoice.pdf"
        assert admin.upload(path, {"file": program}).status_code == 415
        assert stranger.get(path).status_code == 404
        assert stranger.upload(path, {"file": io.BytesIO(b"text")}).status_code == 404
        assert [each["kind"] for each in admin.get(path).json()["items"]] == ["original", "attachment"]


class TestCommand:
    def run(self, *arguments: object) -> list[str]:
        output = io.StringIO()
        call_command("import_invoices", *map(str, arguments), stdout=output)
        return output.getvalue().splitlines()

    def test_a_line_for_each_file(self, tenant: Tenant, tmp_path: Path) -> None:
        (tmp_path / "a.xml").write_bytes(UBL)
        (tmp_path / "b.XML").write_bytes(CII)
        (tmp_path / "c.txt").write_bytes(b"ignored in a folder")
        lines = self.run("--tenant", tenant.public_id, tmp_path)
        assert [line.partition(":")[0] for line in lines] == ["a.xml", "b.XML"]
        assert NUMBER in lines[0]
        with pytest.raises(CommandError, match="1 could not be imported"):
            self.run("--tenant", tenant.name, tmp_path / "a.xml")

    def test_an_unknown_tenant_or_file(self, tenant: Tenant, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="no tenant"):
            self.run("--tenant", "Nobody", tmp_path)
        with pytest.raises(CommandError, match="No such file"):
            self.run("--tenant", tenant.public_id, tmp_path / "none.xml")


@needs_corpus
@pytest.mark.usefixtures("in_tenant")
def test_every_published_invoice_becomes_a_case_and_pairs_become_the_same() -> None:
    distinct = {content_of(file): file for file in reversed(FILES)}  # one is published under two names
    outcomes = import_documents(files=[IncomingFile(file, content_of(file)) for file in FILES], actor=CLERK)
    errors = {outcome.file: outcome.error.code for outcome in outcomes if outcome.error}
    assert errors == dict.fromkeys(set(FILES) - set(distinct.values()), "DUPLICATE_FILE")
    cases = {outcome.file: outcome.case for outcome in outcomes if outcome.case}
    for pair in PAIRS:
        ubl, cii = cases[f"{pair}_ubl.xml"], cases[f"{pair}_uncefact.xml"]
        stated: dict[str, tuple[object, object]] = {}
        if pair == OF_TWO_SELLERS:
            stated["vendor_id"] = ubl.vendor_id, cii.vendor_id
        if "order_reference" in IN_THE_DRAFT.get(pair, {}):
            stated["order_reference"] = "Dummywert", ""
        assert differences(as_input(ubl), as_input(cii)) == stated, pair
        assert ubl.differences == cii.differences, pair
    for file, case in cases.items():
        assert case.invoice_date > dt.date(2000, 1, 1), file
        assert case.line_items.exists(), file
