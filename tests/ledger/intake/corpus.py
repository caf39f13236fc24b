"""Invoices that others have published, where they lie beside the project; tests that use them are skipped where not."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "invoices"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.suffix.lower() == ".xml")
PAIRS = sorted(file.removesuffix("_ubl.xml") for file in FILES if file.endswith("_ubl.xml"))
needs_corpus = pytest.mark.skipif(not FILES, reason=f"the published invoices are not in {FOLDER}")


def content_of(file: str) -> bytes:
    """The bytes of one of `FILES`."""
    return (FOLDER / file).read_bytes()


def each(names: list[str]) -> list[object]:
    """The names as parameters, or one that is skipped, and says so, where there are none."""
    if names:
        return list(names)
    return [pytest.param("", marks=pytest.mark.skip(reason=f"the published invoices are not in {FOLDER}"))]
