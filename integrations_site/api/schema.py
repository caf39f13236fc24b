"""The API's description (OpenAPI 3.1): every operation with its errors, its headers and its limits."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS

from integrations_site.api import idempotency, schema_types
from integrations_site.api.error_forms import HUB_FORM, ErrorForm
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

__all__ = ["ERRORS", "HubSchema", "documented", "schema_types"]

MethodT = TypeVar("MethodT", bound=Callable[..., Any])
# What the methods that all viewsets share do; they are defined in a module that cannot be imported here.
_SHARED = "integrations_site.api.views"
_VERBS = {
    "list": "Lists {many}",
    "retrieve": "Reads one {one}",
    "create": "Makes one {one}",
    "partial_update": "Changes one {one}",
    "destroy": "Removes one {one}",
}
_ANSWERS = {
    "200": "Done.",
    "201": "Made.",
    "202": "Accepted; it happens soon.",
    "204": "Removed.",
    "207": "Done in part; the answer says what was refused.",
    "422": "Nothing was changed; `errors` says what stands in the way.",
}
_REQUEST_ID = "4b0f6d0c3d2e4c5f9a1b2c3d4e5f6a7b"


class _Meaning(NamedTuple):
    """What a status means here, and an example of its code and message."""

    description: str
    code: str
    message: str
    retry_after: int | None = None

    def example(self, status: int) -> HubError:
        return HubError(self.message, code=self.code, status=status, retry_after=self.retry_after)


ERRORS: dict[int, _Meaning] = {
    400: _Meaning(
        "The request cannot be read, or a field is wrong.",
        "VALIDATION_ERROR",
        "The request is not valid; details name the fields",
    ),
    401: _Meaning(
        "No access token, or one that does not count (any more).",
        "TOKEN_EXPIRED",
        "The access token has expired; ask for a new one",
    ),
    403: _Meaning(
        "The caller may not do this.",
        "PERMISSION_DENIED",
        "Your role user may not do this; super_admin or tenant_admin may",
    ),
    404: _Meaning(
        "There is no such thing in the caller's tenant.",
        "CASE_NOT_FOUND",
        "There is no such case",
    ),
    406: _Meaning(
        "The answer has no form that the caller accepts.",
        "NOT_ACCEPTABLE",
        "This path answers in application/json, which the header Accept does not name",
    ),
    409: _Meaning(
        "The request contradicts the state of things.",
        "CONFLICT",
        "The request contradicts what is stored",
    ),
    413: _Meaning(
        "The body is too large.",
        "PAYLOAD_TOO_LARGE",
        "The body is larger than 26214400 bytes",
    ),
    415: _Meaning(
        "The body's media type is not read here.",
        "UNSUPPORTED_MEDIA_TYPE",
        'Unsupported media type "text/plain" in request; this path reads application/json',
    ),
    422: _Meaning(
        "The request is well-formed and cannot be carried out on these data.",
        "UNPROCESSABLE",
        "SKU PROD-001: Mapping not found",
    ),
    429: _Meaning(
        "The tenant's requests of this minute are used up.",
        "RATE_LIMIT_EXCEEDED",
        "Rate limit exceeded: 100 requests a minute. Please try again later",
        retry_after=42,
    ),
    500: _Meaning(
        "A fault of the hub.",
        "INTERNAL_ERROR",
        "The hub made a mistake; it is recorded under the request's id",
    ),
    503: _Meaning(
        "Something is briefly unavailable; the same call may succeed later.",
        "BUSY",
        "Another request was changing the same data; try again",
        retry_after=1,
    ),
}
_ALWAYS = {401, 403, 406, 429, 500, 503}
_FOR_BODIES = {400, 413, 415}

_HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-ID": ("string", "Names the request in the hub's log."),
    "X-RateLimit-Limit": ("integer", "Requests a minute."),
    "X-RateLimit-Remaining": ("integer", "What is left of them."),
    "X-RateLimit-Reset": ("integer", "When the minute ends, in seconds since 1970."),
    "Retry-After": ("integer", "Seconds to wait."),
    idempotency.REPLAYED: ("boolean", "The answer was given before, to the same key."),
}
_ON_EVERY_ANSWER = ("X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": idempotency.HEADER,
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "A key of the caller's own making. The same request sent again with the same key within 24 "
        "hours gets the same answer and is not carried out again; another request with the same key is refused (409).",
    },
    "Tenant": {
        "name": "X-Tenant-ID",
        "in": "header",
        "schema": {"type": "string", "pattern": "^tenant-[0-9a-f]{32}$"},
        "description": "The tenant. It must be the token's own; a super admin names the tenant to act in.",
    },
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

    def get_summary(self) -> str:
        """What the operation does, in a line: the first sentence of its description."""
        view: Any = self.view
        action = getattr(view, "action", None)
        if action in _VERBS and getattr(view, action).__module__ == _SHARED:
            names = view.model._meta
            return _VERBS[action].format(one=names.verbose_name, many=names.verbose_name_plural)
        return str(self.get_description()).partition("\n")[0].partition(". ")[0].removesuffix(".")

    def get_tags(self) -> list[str]:
        """The first word of the path below /api/."""
        return [word for word in self.path.split("/") if word][1:2]

    def _get_parameters(self) -> list[Any]:
        found: list[Any] = super()._get_parameters()
        if self._is_for_callers():
            found.append(self._component("Tenant", ResolvedComponent.PARAMETER, _PARAMETERS["Tenant"]))
            if self.method == "POST":
                found.append(
                    self._component("IdempotencyKey", ResolvedComponent.PARAMETER, _PARAMETERS["IdempotencyKey"])
                )
        return found

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        found = super()._get_response_bodies(direction)
        for code, response in found.items():
            response["description"] = response["description"] or _ANSWERS[code]
            names = [*_ON_EVERY_ANSWER, *([idempotency.REPLAYED] if self.method == "POST" else [])]
            response["headers"] = {**self._headers(names), **response.get("headers", {})}
        for status in self._error_statuses():
            found.setdefault(str(status), self._error_response(status))
        return dict(sorted(found.items()))

    def _error_statuses(self) -> set[int]:
        name = getattr(self.view, "action", None) or self.method.lower()
        found = _ALWAYS | set(getattr(getattr(self.view, name, None), "hub_errors", ()))
        if not self._is_for_callers():
            found -= {401, 403}
        if "{" in self.path:
            found.add(404)
        if self.method not in {*SAFE_METHODS, "DELETE"}:
            found |= _FOR_BODIES
        if self.method == "POST":
            found.add(409)
        if self._is_list_view():
            found.add(400)
        return found

    def _is_for_callers(self) -> bool:
        return bool(getattr(self.view, "authentication_classes", None))

    def _error_response(self, status: int) -> dict[str, str]:
        form: ErrorForm = getattr(self.view, "error_form", HUB_FORM)
        meaning = ERRORS[status]
        example = {"value": form.body(meaning.example(status), _REQUEST_ID)}
        schema = self._component(form.name, ResolvedComponent.SCHEMA, dict(form.schema))
        names = [*_ON_EVERY_ANSWER, *(["Retry-After"] if meaning.retry_after else [])]
        response = {
            "description": meaning.description,
            "headers": self._headers(names),
            "content": {"application/json": {"schema": schema, "examples": {meaning.code: example}}},
        }
        return self._component(f"{form.name}{status}", ResolvedComponent.RESPONSE, response)

    def _headers(self, names: Sequence[str]) -> dict[str, Any]:
        found = {}
        for name in names:
            kind, description = _HEADERS[name]
            header = {"schema": {"type": kind}, "description": description}
            found[name] = self._component(name, ResolvedComponent.HEADER, header)
        return found

    def _component(self, name: str, kind: str, schema: dict[str, Any]) -> dict[str, str]:
        component = ResolvedComponent(name=name, type=kind, schema=schema, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        reference: dict[str, str] = component.ref
        return reference
