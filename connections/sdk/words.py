"""Words of a text that somebody typed."""

import re
import unicodedata

from connections.sql import APART

_APART = re.compile(APART)


def words_in(text: str) -> list[str]:
    """The words, parted by anything that is no letter or digit, so that none of them is an operator or ends a quote.

    Compatible forms are one (NFKC): a wide quotation mark is a quotation mark, and parts words.
    """
    return [word for word in _APART.split(unicodedata.normalize("NFKC", text)) if word[:1].isalnum()]
