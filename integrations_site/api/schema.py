"""The API's description (OpenAPI 3.1): every operation with its errors, its headers and its limits."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS

from integrations_site.api import idempotency
from integrations_site.tenancy import scope

MethodT = TypeVar("MethodT", bound=Callable[..., Any])

# What each error status means here, and an example of its body: code and message.
ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("The request cannot be read, or a field is wrong.", "VALIDATION_ERROR", "The request is not valid; details name the fields"),
    401: ("No access token, or one that does not count (any more).", "TOKEN_EXPIRED", "The access token has expired; ask for a new one"),
    403: ("The caller may not do this.", "PERMISSION_DENIED", "Your role user may not do this"),
    404: ("There is no such thing in the caller's tenant.", "CASE_NOT_FOUND", "There is no such case"),
    405: ("The path does not know the method.", "METHOD_NOT_ALLOWED", 'Method "PUT" not allowed'),
    406: ("The answer has no form that the caller accepts.", "NOT_ACCEPTABLE", "Could not satisfy the request Accept header"),
    409: ("The request contradicts the state of things.", "CONFLICT", "The case is already integrated"),
    413: ("The body is too large.", "PAYLOAD_TOO_LARGE", "The body is larger than 26214400 bytes"),
    415: ("The body's media type is not read here.", "UNSUPPORTED_MEDIA_TYPE", 'Unsupported media type "text/plain" in request'),
    422: ("The request is well-formed and cannot be carried out on these data.", "UNPROCESSABLE", "SKU PROD-001: Mapping not found"),
    429: ("The tenant's requests of this minute are used up.", "RATE_LIMIT_EXCEEDED", "Rate limit exceeded: 100 requests a minute. Please try again later"),
    500: ("A fault of the hub.", "INTERNAL_ERROR", "The hub made a mistake; it is recorded under the request's id"),
    503: ("Something is briefly unavailable; the same call may succeed later.", "BUSY", "Another request was changing the same data; try again"),
}  # fmt: skip
_WITH_RETRY = {429, 503}
_ALWAYS = (401, 403, 406, 429, 500, 503)

_ERROR_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "requestId"],
            "properties": {
                "code": {"type": "string", "description": "Stable and machine-readable."},
                "message": {"type": "string", "description": "For people: what happened and what to do."},
                "details": {"type": "object", "additionalProperties": True, "description": "Fields or figures."},
                "requestId": {"type": "string", "description": "The same as in the header X-Request-ID and in the hub's log."},
                "retryAfter": {"type": "integer", "description": "Seconds after which the same call may succeed."},
            },
        }
    },
}
_LIMIT_HEADERS: dict[str, Any] = {
    "X-Request-ID": {"schema": {"type": "string"}, "description": "Names the request in the hub's log."},
    "X-RateLimit-Limit": {"schema": {"type": "integer"}, "description": "Requests a minute."},
    "X-RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "What is left of them."},
    "X-RateLimit-Reset": {"schema": {"type": "integer"}, "description": "When the minute ends, in seconds since 1970."},
}
_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
_REPLAYED = {"schema": {"type": "boolean"}, "description": "The answer was given before, to the same key."}
_KEY_PARAMETER: dict[str, Any] = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A key of the caller's own making. The same request sent again with the same key within 24 hours gets "
    "the same answer and is not carried out again; another request with the same key is refused (409).",
}
_TENANT_PARAMETER: dict[str, Any] = {
    "name": "X-Tenant-ID",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The tenant. It must be the token's own; a super admin names the tenant to act in.",
}


def documented(*, errors: Sequence[int] = (), **options: Any) -> Callable[[MethodT], MethodT]:
    """Describes a view's method: `request`, `responses`, `summary`, … as in drf-spectacular's `extend_schema`.

    `errors` are the statuses beyond those that every operation of its method can answer.
    """

    def mark(method: MethodT) -> MethodT:
        marked = extend_schema(**options)(method)
        marked.hub_errors = tuple(errors)  # type: ignore[attr-defined]
        return marked

    return mark


class HubSchema(AutoSchema):
    """drf-spectacular's view of a HubView, with what the hub adds to every operation."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation. Filters ask their model for an empty queryset, which takes a scope."""
        with scope.all_tenants():
            return super().get_operation(*args, **kwargs)

    def get_tags(self) -> list[str]:
        """The first word of the path below /api/."""
        words = [word for word in self.path.split("/") if word and not word.startswith("{")]
        return words[1:2] or words[:1]

    def get_override_parameters(self) -> list[Any]:
        """Nothing; the hub's own headers are added to what is found."""
        return []

    def _get_parameters(self) -> list[Any]:
        found = super()._get_parameters()
        if getattr(self.view, "authentication_classes", None):
            found.append(_TENANT_PARAMETER)
            if self.method == "POST":
                found.append(_KEY_PARAMETER)
        return found

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        found = super()._get_response_bodies(direction)
        for status in self._error_statuses():
            found.setdefault(str(status), self._error_response(status))
        for response in found.values():
            response["headers"] = {**_LIMIT_HEADERS, **response.get("headers", {})}
            if self.method == "POST":
                response["headers"][idempotency.REPLAYED] = _REPLAYED
        return found

    def _error_statuses(self) -> list[int]:
        found = set(_ALWAYS) | set(self._own_errors())
        if not getattr(self.view, "authentication_classes", None):
            found -= {401, 403}
        if "{" in self.path:
            found.add(404)
        if self.method not in SAFE_METHODS and self.method != "DELETE":
            found |= {400, 413, 415}
        if self.method == "POST" or getattr(self.view, "pagination_class", None) is not None:
            found.add(400)
        if self.method == "POST":
            found.add(409)
        return sorted(found)

    def _own_errors(self) -> Sequence[int]:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(getattr(self.view, name, None), "hub_errors", ())

    def _error_response(self, status: int) -> dict[str, Any]:
        meaning, code, message = ERRORS[status]
        error = {"code": code, "message": message, "details": {}, "requestId": "4b0f6d0c3d2e4c5f9a1b2c3d4e5f6a7b"}
        if status in _WITH_RETRY:
            error["retryAfter"] = 30
        response: dict[str, Any] = {
            "description": meaning,
            "content": {"application/json": {"schema": self._error_schema(), "examples": {code: {"value": {"error": error}}}}},
        }
        if status in _WITH_RETRY:
            response["headers"] = {"Retry-After": _RETRY_AFTER}
        return response

    def _error_schema(self) -> dict[str, str]:
        component = ResolvedComponent(name="Error", type=ResolvedComponent.SCHEMA, schema=_ERROR_BODY, object="Error")
        self.registry.register_on_missing(component)
        return component.ref  # type: ignore[no-any-return]
