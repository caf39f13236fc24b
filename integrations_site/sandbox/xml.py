"""JSON told as XML: what Intuit and Xero answer to whoever does not ask for JSON."""

from typing import Any
from xml.sax.saxutils import escape

import msgspec

from integrations_site.sandbox.messages import Request, Response


def wants_json(request: Request) -> bool:
    """Whether the client asked for JSON by name."""
    return "json" in request.headers.get("accept", "")


def in_xml(response: Response, root: str) -> Response:
    """The same answer in XML."""
    content = msgspec.json.decode(response.body) if response.body else None
    text = f'<?xml version="1.0" encoding="UTF-8"?>{_element(root, content)}'
    return Response(response.status, text.encode(), response.headers, "text/xml")


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items())
    else:
        inner = "" if value is None else escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inner}</{name}>"
