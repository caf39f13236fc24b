"""JSON out: exact decimals, UTC instants, no surprises."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

from integrations_site.kernel import clock

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class JSONRenderer(BaseRenderer):
    """Renders answers; a Decimal becomes a JSON number of exactly its digits."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The body; empty where there is nothing to say (204)."""
        return b"" if data is None else dumps(data)


def dumps(data: Any) -> bytes:
    """`data` as JSON. Raises TypeError for what has no JSON form, and for a decimal that is no number."""
    return orjson.dumps(data, default=_other, option=_OPTIONS)


def _other(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} has no JSON form")
        return orjson.Fragment(f"{value:f}")
    if isinstance(value, dt.datetime):
        return clock.iso(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    # DRF's own collections and Django's lazy texts.
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__") and not isinstance(value, bytes | bytearray):
        return list(value)
    if hasattr(value, "_proxy____cast"):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
