from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The hash-chained record of who did what."""

    name = "integrations_site.audit"
    label = "audit"
