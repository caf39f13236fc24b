"""Names are made harmless, and stay what they were for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations_site.files.names import display_name, key_name, suffix


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\invoices\\a.pdf", "a.pdf"),
        ("invoice\x00.pdf", "invoice.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  .hidden. ", "hidden"),
        ("..", "file"),
        ("", "file"),
        ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_for_people(given_name: str, shown: str) -> None:
    assert display_name(given_name) == shown


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Rechnung März 2026.PDF", "Rechnung-Marz-2026.pdf"),
        ("a.b/c%2f.xml", "a-b-c-2f.xml"),
        ("請求書.pdf", "file.pdf"),
        ("no-end", "no-end"),
    ],
)
def test_names_for_keys(name: str, key: str) -> None:
    assert key_name(name) == key


@given(st.text(max_size=300))
def test_any_name_is_made_harmless(name: str) -> None:
    shown = display_name(name)
    assert 1 <= len(shown) <= 150
    assert not set("\x00\r\n\\/\u202e") & set(shown)
    key = key_name(shown)
    assert key.isascii()
    assert 1 <= len(key) <= 90
    assert not set("/\\ ?#%") & set(key)
    assert not key.startswith(".")
    assert display_name(shown) == shown


def test_the_end_of_a_name() -> None:
    assert suffix("a.PDF") == ".pdf"
    assert suffix("a.tar.gz") == ".gz"
    assert suffix("a") == suffix("a.") == suffix("a. b") == suffix(".pdf ") == ""
