from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The ground of the REST API."""

    name = "integrations_site.api"
    label = "api"
