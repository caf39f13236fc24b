from django.apps import AppConfig


class WebConfig(AppConfig):
    """The shell of the browser pages."""

    name = "integrations_site.web"
    label = "web"
