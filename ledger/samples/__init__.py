"""Invoices to try the hub with, written after EN 16931 for this project; README.md says what each shows."""

from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path(__file__).parent


def sample_invoices() -> Iterator[tuple[str, bytes]]:
    """Name and content of each sample, in the order in which they build on each other."""
    for path in sorted(_FOLDER.glob("*.xml")):
        yield path.name, path.read_bytes()
