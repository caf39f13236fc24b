from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Tenants, people, programs, and the wall between tenants."""

    name = "integrations_site.tenancy"
    label = "tenancy"
