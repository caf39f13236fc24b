from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A world to try the hub in, and the main job done in it."""

    name = "integrations_site.demo"
    label = "demo"
