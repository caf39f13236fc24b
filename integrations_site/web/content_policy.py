"""Content-Security-Policy: what a page of the hub may load and whom it may talk to (W3C CSP 3).

The hub's own pages have no script at all. The admin's scripts (Alpine) evaluate expressions in attributes, and it
writes styles into elements; nothing there comes from elsewhere either.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

_HEADER = "Content-Security-Policy"
_COMMON = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "script-src": "'self'",
    "style-src": "'self'",
}
_ADMIN = _COMMON | {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}
# Browsers apply form-action to the redirect that follows a form: a consent leads back to the client, and a form of the
# integrations to the provider.
_CONSENT = {name: value for name, value in _COMMON.items() if name != "form-action"}


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


# The API's description is shown by Swagger UI, which writes styles into elements.
_DESCRIPTION = _COMMON | {"style-src": "'self' 'unsafe-inline'"}
_POLICIES = {
    "/admin/": _written(_ADMIN),
    "/api/docs": _written(_DESCRIPTION),
    "/oauth/authorize": _written(_CONSENT),
    "/integrations": _written(_CONSENT),
}
_STRICT = _written(_COMMON)


class ContentPolicyMiddleware:
    """Gives every answer a policy, unless its view has set one of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        found = (policy for start, policy in _POLICIES.items() if request.path_info.startswith(start))
        response.headers.setdefault(_HEADER, next(found, _STRICT))
        return response
