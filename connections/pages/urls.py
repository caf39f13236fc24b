"""The addresses of the pages."""

from django.urls import path

from connections.pages import confirming, details, fields, syncing, views

urlpatterns = [
    path("integrations", views.integrations_page, name="integrations"),
    path("integrations/done", views.done, name="integrations-done"),
    path("integrations/consents/<str:id>", confirming.confirm, name="integrations-confirm"),
    path("integrations/connections/<str:connection>", details.connection_page, name="integrations-connection"),
    path("integrations/connections/<str:connection>/fields", fields.add_field, name="integrations-fields"),
    path(
        "integrations/connections/<str:connection>/fields/remove",
        fields.remove_field,
        name="integrations-fields-remove",
    ),
    path("integrations/connections/<str:connection>/drift/seen", details.acknowledge, name="integrations-drift-seen"),
    path("integrations/connections/<str:connection>/sync", syncing.begin, name="integrations-sync"),
    path("integrations/connections/<str:connection>/sync/cancel", syncing.cancel, name="integrations-sync-cancel"),
    path("integrations/connections/<str:connection>/consent", views.consent_again, name="integrations-consent-again"),
    path(
        "integrations/connections/<str:connection>/credentials",
        views.credentials_again,
        name="integrations-credentials-again",
    ),
    path("integrations/disconnect", views.disconnect, name="integrations-disconnect"),
    path("integrations/<slug:service>/consent", views.consent, name="integrations-consent"),
    path("integrations/<slug:service>/credentials", views.credentials, name="integrations-credentials"),
]
