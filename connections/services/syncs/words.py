"""The words of records for the search index, as `connections_search` makes them, at a third of its cost.

Most of what vendors send is plain letters and digits. Other texts are left to the database, whose parser knows more.
"""

import re
import uuid

from connections.sql import FOLDING, LONGEST_BODY

_WORD = re.compile(r"[0-9a-z]+")
# The database leaves out words of this length, their tenant's mark included.
_TOO_LONG = 2047
_MARK_DIGITS = 6
_MARKS = str.maketrans("0123456789", "ghijklmnop")


def mark_of(tenant_id: uuid.UUID) -> str:
    """What every word of a tenant begins with (`connections_mark`)."""
    return tenant_id.hex[-_MARK_DIGITS:].translate(_MARKS)


def vector(mark: str, title: str, body: str) -> str | None:
    """A tsvector as text, its words in the order in which they stand; None where the database has to make it."""
    written = f"{title} {body[:LONGEST_BODY]}"
    if not written.isascii():
        written = written.translate(FOLDING)
        if not written.isascii():
            return None
    words = _WORD.findall(written.lower())
    if len(written) > _TOO_LONG:
        words = [word for word in words if len(word) + len(mark) < _TOO_LONG]
    heavy = len(_WORD.findall(title.translate(FOLDING).lower()))
    parts = [f"{mark}{word}:{place}" for place, word in enumerate(words, 1)]
    parts[:heavy] = [f"{part}A" for part in parts[:heavy]]
    return " ".join(parts)
