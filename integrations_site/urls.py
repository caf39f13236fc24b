"""Every address of the hub."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from integrations_site.api import audit_log

admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("integrations_site.api.urls")),
    path("api/", include(audit_log.routes)),
    path("api/", include("catalog.api.urls")),
    path("api/", include("ledger.api.urls")),
    path("api/", include("notifications.api.urls")),
    path("api/", include("connections.api.urls")),
    path("", include("integrations_site.files.urls")),
    path("", include("integrations_site.web.urls")),
    path("", include("connections.pages.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]

handler400 = "integrations_site.web.errors.bad_request"
handler403 = "integrations_site.web.errors.forbidden"
handler404 = "integrations_site.web.errors.not_found"
handler500 = "integrations_site.web.errors.server_error"
