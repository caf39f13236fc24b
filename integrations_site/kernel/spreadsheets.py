"""CSV that a spreadsheet can open without executing any of it (OWASP, "CSV Injection")."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# A cell that starts so is a formula to a spreadsheet. Apostrophes in front of it are counted, so that none gets lost.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_APOSTROPHED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def harmless(text: str) -> str:
    """`text` as a cell that is shown and never executed: what would be a formula gets an apostrophe in front."""
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text behind a cell that `harmless` made."""
    return cell[1:] if _APOSTROPHED.match(cell) else cell


def lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows as lines of CSV (RFC 4180), one by one. Texts that come from outside go through `harmless` before."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
