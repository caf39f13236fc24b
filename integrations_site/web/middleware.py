"""The scope of browser requests: the tenant that a person has chosen; for a super admin in the admin, every tenant."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from integrations_site.kernel import acting
from integrations_site.tenancy import scope
from integrations_site.web import visits
from integrations_site.web.visits import Visit

_API = "/api/"
_ADMIN = "/admin/"


class TenantMiddleware:
    """Begins the visit of a logged-in person. The API takes no session: its scope comes with the token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(_API) and (visit := visits.begin(request)):
            request.visit = visit  # type: ignore[attr-defined]
            acting.enter(visit.user.public_id)
            scope.enter(_scope_of(visit, request))
        return self._get_response(request)


def _scope_of(visit: Visit, request: HttpRequest) -> scope.Scope:
    if visit.user.is_superuser and request.path_info.startswith(_ADMIN):
        return scope.EVERYWHERE
    return scope.Scope(tenant_id=visit.tenant.id) if visit.tenant else scope.NOWHERE
