"""The dashboard, choosing a tenant, and the programs that a person has let in."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from integrations_site.kernel import ids
from integrations_site.kernel.errors import NotFoundError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Tenant, User
from integrations_site.web import dashboard, visits
from integrations_site.web.services import programs

_TENANTS_SHOWN = 50


@never_cache
@require_safe
@login_required
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """What waits in the tenant; for whoever has none, what to do about it."""
    visit = visits.current(request)
    if visit is None or visit.tenant is None:
        return render(request, "web/no_tenant.html")
    return render(request, "web/dashboard.html", {"dashboard": dashboard.read()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tenants_page(request: HttpRequest) -> HttpResponse:
    """The tenants that the person may work in; a POST chooses one."""
    if request.method == "POST":
        return _choose(request)
    search = request.GET.get("q", "").strip().replace("\x00", "")
    with scope.all_tenants():
        found = list(_matching(request, search)[: _TENANTS_SHOWN + 1])
    context = {"tenants": found[:_TENANTS_SHOWN], "has_more": len(found) > _TENANTS_SHOWN, "search": search}
    return render(request, "web/tenants.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def programs_page(request: HttpRequest) -> HttpResponse:
    """The programs that act for the person; a POST shows one out."""
    user = cast(User, request.user)
    if request.method == "POST":
        programs.show_out(user=user, client_id=ids.parse(ApiClient.id_kind, request.POST.get("program")))
        return HttpResponseRedirect(reverse("programs"))
    return render(request, "web/programs.html", {"programs": programs.programs_of(user)})


def _matching(request: HttpRequest, search: str) -> QuerySet[Tenant]:
    if not isinstance(request.user, User):
        return Tenant.objects.none()
    return visits.open_to(request.user).filter(name__icontains=search).order_by("name")


def _choose(request: HttpRequest) -> HttpResponse:
    tenant_id = ids.parse(Tenant.id_kind, request.POST.get("tenant"))
    if tenant_id is None or not visits.choose(request, tenant_id):
        raise NotFoundError("There is no such tenant, or you have no place in it. Choose one of the list.")
    return HttpResponseRedirect(reverse("dashboard"))
