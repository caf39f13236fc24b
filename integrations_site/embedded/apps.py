"""The app that brings ``manage.py up``."""

from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """Has no models; it is an app for the sake of its command."""

    name = "integrations_site.embedded"
