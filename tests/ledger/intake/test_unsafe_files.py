"""Files that are no XML, wrongly encoded, too large, or made to harm whoever parses them."""

import time
from pathlib import Path

import pytest

from ledger.intake import IntakeError, read_invoice
from tests.ledger.intake.samples import CII, CREDIT_NOTE, UBL

BODY = UBL.split(b"?>", 1)[1]


def refusal_of(content: bytes, **options: int) -> IntakeError:
    with pytest.raises(IntakeError) as caught:
        read_invoice(content, filename="invoice.xml", **options)
    assert caught.value.status == 422
    assert caught.value.details["filename"] == "invoice.xml"
    return caught.value


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"Dear Sir or Madam", "not well-formed"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF"),
        (b"PK\x03\x04\x14\x00\x08\x00", "a ZIP archive"),
        (b'{"invoice": 1}', "JSON"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (UBL[:-20], "not well-formed"),
        (UBL.replace(b"<cbc:ID>", b"<cbc:ID"), "not well-formed"),
        (UBL.replace(b"xmlns:cbc=", b"xmlns:other="), "not well-formed"),
        (UBL.replace(b"VDK-2026-04417", b"&eacute;"), "not well-formed"),
        (UBL.replace(b"VDK-2026-04417", b"\x01"), "not well-formed"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else value,
)
def test_what_is_no_xml(content: bytes, says: str) -> None:
    error = refusal_of(content)
    assert error.code == "INVALID_XML"
    assert says in error.message


def laughing(depth: int) -> bytes:
    """Entities that would expand to 10 ** depth words."""
    entities = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, depth + 1)]
    doctype = f'<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY e0 "lol">{"".join(entities)}]>'
    return doctype.encode() + BODY.replace(b"VDK-2026-04417", f"&e{depth};".encode())


@pytest.mark.parametrize("document", [UBL, CII, CREDIT_NOTE], ids=["ubl", "cii", "credit note"])
def test_any_document_type_declaration_is_refused(document: bytes) -> None:
    error = refusal_of(document.replace(b"?>", b"?><!DOCTYPE Invoice>", 1))
    assert (error.code, error.details["element"]) == ("UNSAFE_XML", "<!DOCTYPE>")


def test_entities_are_refused_before_they_are_expanded() -> None:
    started = time.monotonic()
    assert refusal_of(laughing(50)).code == "UNSAFE_XML"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_declaration_cannot_hide_behind_an_encoding(encoding: str) -> None:
    hidden = laughing(3).decode().replace('<?xml version="1.0"?>', "").encode(encoding)
    assert refusal_of(hidden).code == "UNSAFE_XML"


def test_no_file_is_read_for_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    doctype = f'<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY secret SYSTEM "{secret.as_uri()}">]>'
    error = refusal_of(doctype.encode() + BODY.replace(b"VDK-2026-04417", b"&secret;"))
    assert error.code == "UNSAFE_XML"
    assert "the secret" not in error.message + str(error.details)


@pytest.mark.parametrize("declared", ['SYSTEM "http://127.0.0.1:9/x.dtd"', 'PUBLIC "-//x" "http://127.0.0.1:9/x.dtd"'])
def test_no_document_type_is_fetched(declared: str) -> None:
    assert refusal_of(f"<!DOCTYPE Invoice {declared}>".encode() + BODY).code == "UNSAFE_XML"


def test_a_text_may_speak_of_declarations() -> None:
    note = b"<![CDATA[<!DOCTYPE Invoice [<!ENTITY e 'x'>]>]]>"
    document = read_invoice(UBL.replace(b"Delivered to your warehouse in Rotterdam; Dutch VAT applies.", note))
    assert document.notes[0].text == "<!DOCTYPE Invoice [<!ENTITY e 'x'>]>"
    assert read_invoice(b"<!-- <!DOCTYPE x> -->" + BODY).number == "VDK-2026-04417"


def test_the_size_is_limited() -> None:
    error = refusal_of(UBL, max_bytes=len(UBL) - 1)
    assert error.code == "TOO_LARGE"
    assert f"{len(UBL) - 1:,}" in error.message
    assert read_invoice(UBL, max_bytes=len(UBL)).number == "VDK-2026-04417"


@pytest.mark.parametrize(
    "content",
    [
        UBL.replace(b"VDK-2026-04417", b"x" * 10_000_001),
        b"<a>" * 300 + b"</a>" * 300,
        UBL.replace(b"<Invoice ", b"<Invoice " + b"x" * 60_000 + b'="" '),
    ],
    ids=["a long value", "a deep tree", "a long name"],
)
def test_no_single_part_is_too_large(content: bytes) -> None:
    assert refusal_of(content).code == "TOO_LARGE"
