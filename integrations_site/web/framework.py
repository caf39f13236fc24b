"""Apps of Django's own, as the hub wants them."""

from typing import Any

from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class HubAdminConfig(SimpleAdminConfig):
    """The admin, for super admins alone. It is loaded with the addresses (`integrations_site.urls`), not by workers."""

    default_site = "integrations_site.web.admin_site.HubAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_everything, checks.Tags.admin)


def _check_everything(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    autodiscover()
    found: list[checks.CheckMessage] = check_admin_app(app_configs, **options)
    return found
