from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """A local stand-in for third parties, to try the hub without an account anywhere."""

    name = "integrations_site.sandbox"
    label = "sandbox"
