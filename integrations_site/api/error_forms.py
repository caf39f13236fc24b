"""The bodies of errors. Each document states its own form; a view names that of the document that states it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations_site.kernel.errors import HubError


@dataclass(frozen=True)
class ErrorForm:
    """A form of error bodies: how one is made of an error and the request's id, and its description (JSON Schema)."""

    name: str
    body: Callable[[HubError, str], Mapping[str, Any]]
    schema: Mapping[str, Any]


def _hub_body(error: HubError, request: str) -> Mapping[str, Any]:
    body: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "details": error.details,
        "requestId": request,
    }
    if error.retry_after is not None:
        body["retryAfter"] = error.retry_after
    return {"error": body}


# Document 003's form, which is also that of every path whose document states none.
HUB_FORM = ErrorForm(
    name="Error",
    body=_hub_body,
    schema={
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "details", "requestId"],
                "properties": {
                    "code": {"type": "string", "description": "Stable and machine-readable."},
                    "message": {"type": "string", "description": "For people: what happened and what to do."},
                    "details": {
                        "type": "object",
                        "additionalProperties": True,
                        "description": "Fields (by path, such as `line_items[2].quantity`) or figures.",
                    },
                    "requestId": {
                        "type": "string",
                        "description": "The same as in the header X-Request-ID and in the hub's log.",
                    },
                    "retryAfter": {
                        "type": "integer",
                        "description": "Seconds after which the same call may succeed.",
                    },
                },
            }
        },
    },
)


def _connection_body(error: HubError, request: str) -> Mapping[str, Any]:
    body: dict[str, Any] = {"success": False, "error": error.message, "code": error.code, "requestId": request}
    details = {**_first_field(error.details), **error.details}
    if details:
        body["details"] = details
    if error.retry_after is not None:
        body["retryAfter"] = error.retry_after
    return body


def _first_field(details: Mapping[str, Any]) -> dict[str, Any]:
    """The first field that is wrong and why, where any is."""
    found = ((field, messages[0]) for field, messages in details.get("fields", {}).items() if messages)
    return dict(zip(("field", "message"), next(found, ()), strict=False))


# Document 002's form.
CONNECTION_FORM = ErrorForm(
    name="ConnectionError",
    body=_connection_body,
    schema={
        "type": "object",
        "required": ["success", "error", "code", "requestId"],
        "properties": {
            "success": {"type": "boolean", "const": False},
            "error": {"type": "string", "description": "For people: what happened and what to do."},
            "code": {"type": "string", "description": "Stable and machine-readable."},
            "details": {
                "type": "object",
                "additionalProperties": True,
                "description": "The first wrong field (`field`, `message`), all of them (`fields`), or figures.",
            },
            "requestId": {"type": "string", "description": "The same as in the header X-Request-ID."},
            "retryAfter": {"type": "integer", "description": "Seconds after which the same call may succeed."},
        },
    },
)
