from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class WebConfig(AppConfig):
    """The shell of the browser pages."""

    name = "integrations_site.web"
    label = "web"
    default = True


class HubAdminConfig(admin_apps.AdminConfig):
    """The admin, for super admins alone."""

    default = False
    default_site = "integrations_site.web.admin_site.HubAdminSite"
