"""The addresses of the pages."""

from django.urls import path

from connections.pages import views

urlpatterns = [
    path("integrations", views.integrations_page, name="integrations"),
    path("integrations/done", views.done, name="integrations-done"),
    path("integrations/disconnect", views.disconnect, name="integrations-disconnect"),
    path("integrations/<slug:service>/consent", views.consent, name="integrations-consent"),
    path("integrations/<slug:service>/credentials", views.credentials, name="integrations-credentials"),
]
