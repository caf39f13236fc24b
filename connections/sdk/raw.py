"""What a connector knows about a record beside what the vendor's own JSON says."""

from collections.abc import Mapping
from typing import Any

import msgspec


def with_members(raw: bytes | msgspec.Raw, members: Mapping[str, Any]) -> bytes:
    """The JSON object `raw`, byte by byte, with `members` in front; where both have a name, the vendor's value counts.

    What is no object stays as it is.
    """
    whole = bytes(raw).strip()
    if not whole.startswith(b"{"):
        return whole
    rest = whole[1:].lstrip()
    return msgspec.json.encode(members)[:-1] + (rest if rest == b"}" else b"," + rest)
