from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """PostgreSQL and Valkey from wheels, and the supervisor of the hub's processes."""

    name = "integrations_site.embedded"
    label = "embedded"
