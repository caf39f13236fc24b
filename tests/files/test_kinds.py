"""The type of a file is judged by its content; its name must agree."""

import io

import pytest

from integrations_site.files import kinds
from integrations_site.files.errors import FileTypeMismatchError, FileTypeRefusedError
from integrations_site.files.kinds import DOCUMENTS, ZIP, Kind, judge
from tests.files import contents


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (contents.PDF, "invoice.pdf", kinds.PDF),
        (contents.PDF, "invoice", kinds.PDF),
        (contents.PNG, "scan.PNG", kinds.PNG),
        (contents.JPEG, "scan.jpeg", kinds.JPEG),
        (contents.XML, "invoice.XML", kinds.XML),
        (b"\xef\xbb\xbf" + contents.XML, "invoice.xml", kinds.XML),
        (contents.XML.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "invoice.xml", kinds.XML),
        (contents.XML.decode().encode("utf-16-le"), "invoice.xml", kinds.XML),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>'.encode("latin-1"), "a.xml", kinds.XML),
        (b"<Invoice", "cut-short.xml", kinds.XML),
        (contents.CSV, "lines.csv", kinds.CSV),
        (b"[id],name\r\n", "lines.csv", kinds.CSV),
        ("größe;preis".encode("cp1252"), "lines.csv", kinds.CSV),
        (b"MZ is how this text begins", "note.txt", kinds.TEXT),
        (contents.JSON, "data.json", kinds.JSON),
        (contents.JSON, "data", kinds.JSON),
        (contents.XLSX, "sheet.xlsx", kinds.XLSX),
        (contents.ODS, "sheet.ods", kinds.ODS),
    ],
)
def test_what_is_taken(content: bytes, name: str, kind: Kind) -> None:
    assert judge(io.BytesIO(content), name=name, allowed=DOCUMENTS) == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (contents.EXE, "invoice.pdf"),
        (contents.EXE, "setup.exe"),
        (contents.ELF, "invoice"),
        (b"#!/bin/sh\nrm -rf /\n", "run.txt"),
        (b"<!DOCTYPE html><title>x</title>", "page.txt"),
        (b"<html><script>1</script>", "page.xml"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "image.xml"),
        (b'<x:html xmlns:x="http://www.w3.org/1999/xhtml"/>', "page.xml"),
        (contents.XLSM, "sheet.xlsx"),
        (contents.ZIP, "files.zip"),
        (contents.XLSX[:-10], "sheet.xlsx"),
        (b"\x00\x01\x02\x03", "data.csv"),
        (b"a;b\x00c", "data.csv"),
        (b"\xff\xfea", "odd.xml"),
    ],
)
def test_what_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(FileTypeRefusedError) as caught:
        judge(io.BytesIO(content), name=name, allowed=DOCUMENTS)
    assert caught.value.status == 415


@pytest.mark.parametrize("carrier", [contents.PDF, contents.PNG, contents.JPEG, contents.CSV, contents.XML])
def test_two_things_at_once_are_refused(carrier: bytes) -> None:
    """An archive behind the content: ZIP readers take the one, everybody else the other."""
    with pytest.raises(FileTypeRefusedError):
        judge(io.BytesIO(carrier + contents.ZIP), name="invoice", allowed=DOCUMENTS | {ZIP})


def test_an_image_that_is_a_pdf_to_some_is_refused() -> None:
    with pytest.raises(FileTypeRefusedError):
        judge(io.BytesIO(contents.JPEG + contents.PDF), name="scan.jpg", allowed=DOCUMENTS)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (contents.PNG, "scan.pdf"),
        (contents.PDF, "invoice.xml"),
        (contents.PDF, "invoice.exe"),
        (contents.XML, "invoice.txt"),
        (contents.CSV, "data.json"),
        (contents.XLSX, "sheet.ods"),
    ],
)
def test_a_name_that_says_something_else_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(FileTypeMismatchError):
        judge(io.BytesIO(content), name=name, allowed=DOCUMENTS)


def test_archives_are_taken_where_they_are_asked_for() -> None:
    assert judge(io.BytesIO(contents.ZIP), name="export.zip", allowed={ZIP}) == ZIP
