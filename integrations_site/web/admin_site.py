"""The admin's door: super admins only, and through the hub's own log-in."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite


class HubAdminSite(UnfoldAdminSite):
    """Sends everybody else to the log-in page, whose attempts are limited, or away."""

    index_title = "All tenants"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only active super admins, whatever permissions a person has collected."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The hub's log-in page; who is logged in and no super admin is refused."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("login"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The hub's own page."""
        return HttpResponseRedirect(reverse("password_change"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The hub's own page; it wants a POST, which a redirect with 307 keeps."""
        response = HttpResponseRedirect(reverse("logout"))
        response.status_code = 307
        return response
