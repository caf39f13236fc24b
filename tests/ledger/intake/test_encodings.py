"""What a file says about its encoding must be true of its bytes."""

import codecs

import pytest

from ledger.intake import IntakeError, read_invoice
from tests.ledger.intake.samples import UBL

NAME = "Søren Ægidius Café"
TEXT = UBL.decode().split("?>", 1)[1].replace("Sanne de Wit", NAME)


def file_in(encoding: str, *, declared: str | None, mark: bytes = b"") -> bytes:
    declaration = f"<?xml version='1.0' encoding='{declared}'?>" if declared else "<?xml version='1.0'?>"
    return mark + (declaration + TEXT).encode(encoding)


def contact_in(content: bytes) -> str | None:
    contact = read_invoice(content).seller.contact
    return contact.name if contact else None


@pytest.mark.parametrize(
    "content",
    [
        file_in("utf-8", declared=None),
        file_in("utf-8", declared="UTF-8"),
        file_in("utf-8", declared="utf-8", mark=codecs.BOM_UTF8),
        file_in("iso-8859-1", declared="ISO-8859-1"),
        file_in("iso-8859-15", declared="iso-8859-15"),
        file_in("cp1252", declared="windows-1252"),
        file_in("utf-16", declared="UTF-16"),
        file_in("utf-16-be", declared="UTF-16", mark=codecs.BOM_UTF16_BE),
        file_in("utf-16-le", declared="UTF-16LE"),
        file_in("utf-16", declared=None),
        TEXT.strip().encode(),
    ],
)
def test_an_encoding_that_is_declared_truly(content: bytes) -> None:
    assert contact_in(content) == NAME


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (file_in("iso-8859-1", declared="UTF-8"), "cannot be read as UTF-8"),
        (file_in("cp1252", declared=None), "cannot be read as UTF-8"),
        (file_in("utf-8", declared="ISO-8859-1"), "its bytes are UTF-8"),
        (file_in("utf-8", declared="windows-1252"), "its bytes are UTF-8"),
        (file_in("utf-8", declared="US-ASCII"), "cannot be read as ASCII"),
        (file_in("utf-8", declared="UTF-16"), "its bytes are not"),
        (file_in("utf-16", declared="UTF-8"), "its bytes are UTF-16"),
        (file_in("utf-16", declared="ISO-8859-1"), "its bytes are UTF-16"),
        (file_in("utf-8", declared="ISO-8859-1", mark=codecs.BOM_UTF8), "its bytes are UTF-8"),
        (file_in("utf-32", declared="UTF-8"), "UTF-32"),
        (file_in("utf-8", declared="UTF-7"), "does not read that encoding"),
        (file_in("utf-8", declared="rot13"), "does not read that encoding"),
        (file_in("utf-8", declared="no-such-thing"), "does not read that encoding"),
    ],
)
def test_an_encoding_that_is_declared_wrongly(content: bytes, says: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read_invoice(content)
    assert caught.value.code == "WRONG_ENCODING"
    assert says in caught.value.message


def test_the_line_of_the_first_wrong_byte_is_told() -> None:
    content = UBL.replace(b"Sanne de Wit", b"S\xf8ren")
    with pytest.raises(IntakeError) as caught:
        read_invoice(content)
    wrong_line = content[: content.index(b"S\xf8ren")].count(b"\n") + 1
    assert caught.value.details["line"] == wrong_line
    assert f"on line {wrong_line}" in caught.value.message


def test_windows_signs_under_the_name_of_latin_are_noticed() -> None:
    content = file_in("iso-8859-1", declared="ISO-8859-1").replace(b"Net", b"\x80")
    content = content.replace(b"30 days net.", b"\x80 30")
    with pytest.raises(IntakeError, match="Windows-1252"):
        read_invoice(content)
