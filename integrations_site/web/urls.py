"""Addresses of the browser pages."""

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from integrations_site.web.views import pages, sessions

urlpatterns: list[URLPattern] = [
    path("", pages.dashboard_page, name="dashboard"),
    path("tenants", pages.tenants_page, name="tenants"),
    path("programs", pages.programs_page, name="programs"),
    path("login", sessions.LogInView.as_view(), name="login"),
    path("logout", sessions.log_out, name="logout"),
    path("password/reset", sessions.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/sent", sessions.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>", sessions.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("password/reset/complete", sessions.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("password/change", login_required(sessions.PasswordChangeView.as_view()), name="password_change"),
    path(
        "password/change/done", login_required(sessions.PasswordChangeDoneView.as_view()), name="password_change_done"
    ),
]
