"""By what a vendor is recognised, in the one form in which it is stored and compared."""

import re
from collections.abc import Mapping
from typing import Any

_NOT_ALPHANUMERIC = re.compile(r"[\W_]")


def plain_tax_id(written: str) -> str:
    """A tax number without blanks and punctuation, in capitals: "nl 8200.98.395.b01" becomes "NL820098395B01"."""
    return _NOT_ALPHANUMERIC.sub("", written).upper()


def plain_address(written: str) -> str:
    """An electronic address in small letters: "0088:7300010000001", "billing@example.com"."""
    return written.strip().lower()


def plain_name(written: str) -> str:
    """A name with single blanks; letters are compared whatever their case."""
    return " ".join(written.split())


_PLAIN = {"tax_id": plain_tax_id, "electronic_address": plain_address, "name": plain_name}


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A vendor's fields with those by which it is recognised in their stored form."""
    return {name: _PLAIN[name](value) if name in _PLAIN else value for name, value in fields.items()}
