"""Taking the very secrets that a call was made with out of what a vendor says about it.

`kernel.redaction` knows secrets by their form and by the name in front of them; a vendor that repeats a key of no known
form in the middle of a sentence is not caught by that.
"""

import base64
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from integrations_site.kernel.redaction import HIDDEN, redact

# Parts of a stored secret that are none.
_PUBLIC = frozenset({"expiresAt", "renewAt", "refreshExpiresAt"})
# Shorter ones are taken out where they stand as a word: a letter is in every sentence.
_SHORT = 6
_LONGEST_READ, _LONGEST_SEARCHED = 100_000, 4_000


@dataclass(frozen=True, slots=True)
class InUse:
    """The secrets of one call, and what goes with them: user names, which are secret together with a password."""

    secrets: tuple[str, ...] = field(repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)

    def without(self, text: str) -> str:
        """The text without them, as they are or encoded (URL, XML, JSON, base64, HTTP Basic), and what looks like any.

        No more than its first part, which is far more than is kept of a message: take it out first, then cut. It can be
        stored: PostgreSQL takes no NUL.
        """
        text = text[:_LONGEST_READ].replace("\x00", "\ufffd")
        forms = sorted(self._forms(), key=len, reverse=True)
        if forms:
            text = re.sub("|".join(map(_pattern, forms)), HIDDEN, text, flags=re.IGNORECASE)
        return redact(text[:_LONGEST_SEARCHED])

    def _forms(self) -> set[str]:
        plain = {each for each in self.secrets if each.strip()}
        pairs = {f"{name}:{secret}" for secret in plain for name in ("", *self.names, *plain)}
        encoded = {form for each in plain | pairs for form in _base64(each)}
        written = {form for each in plain for form in (each, escape(each), json.dumps(each)[1:-1])}
        return (
            written | encoded | {form for each in plain | encoded for form in (quote(each, safe=""), quote_plus(each))}
        )


def in_use(secret: Mapping[str, Any], *, public: Collection[str] = ()) -> InUse:
    """The secrets in a credential; the fields named `public` are none, nor are instants."""
    texts = {name: str(value) for name, value in secret.items() if isinstance(value, str | int) and value != ""}
    return InUse(
        tuple(value for name, value in texts.items() if name not in public and name not in _PUBLIC),
        tuple(value for name, value in texts.items() if name in public),
    )


def _base64(text: str) -> Iterator[str]:
    """Without the padding, which is no part of the secret and left out by many."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(text.encode()).decode().rstrip("=")


def _pattern(form: str) -> str:
    return re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
