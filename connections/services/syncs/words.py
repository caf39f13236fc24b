"""The words of records for the search index, as `connections_search` makes them, at a tenth of its cost.

Most of what vendors send is plain letters and digits. Other texts are left to the database, whose parser knows more.
"""

import string
import uuid

from connections.sql import FOLDING, LONGEST_BODY

# The database leaves out words of this length, their tenant's mark included.
_TOO_LONG = 2047
_MARK_DIGITS = 6
_MARKS = str.maketrans("0123456789", "ghijklmnop")
_LETTERS = (string.ascii_lowercase + string.digits).encode()
# Of each byte the small letter or digit that it is, or a space.
_APART = bytes(byte if byte in _LETTERS else ord(" ") for byte in bytes(range(256)).lower())
# What stands behind a word, by its place; words are parted, so there are half as many as characters at most.
_PLACES = [f":{place} ".encode() for place in range(1, LONGEST_BODY)]
_HEAVY = [f":{place}A ".encode() for place in range(1, LONGEST_BODY)]


def mark_of(tenant_id: uuid.UUID) -> bytes:
    """What every word of a tenant begins with (`connections_mark`)."""
    return tenant_id.hex[-_MARK_DIGITS:].translate(_MARKS).encode()


def vector(mark: bytes, title: str, body: str) -> bytes | None:
    """A tsvector as text, its words in the order in which they stand; None where the database has to make it."""
    body = body[:LONGEST_BODY]
    if not (title.isascii() and body.isascii()):
        title, body = title.translate(FOLDING), body.translate(FOLDING)
        if not (title.isascii() and body.isascii()):
            return None
    heavy, words = _words(title, len(mark)), _words(body, len(mark))
    first, count = len(heavy), len(heavy) + len(words)
    if count > len(_PLACES):
        return None
    parts = [mark] * (3 * count)
    parts[1::3] = heavy + words
    parts[2::3] = _HEAVY[:first] + _PLACES[first:count]
    return b"".join(parts)


def _words(text: str, mark_length: int) -> list[bytes]:
    words = text.encode().translate(_APART).split()
    if len(text) + mark_length >= _TOO_LONG:
        return [word for word in words if len(word) + mark_length < _TOO_LONG]
    return words
