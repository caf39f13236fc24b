"""Apps of Django's own, as the hub wants them."""

from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class HubAdminConfig(AdminConfig):
    """The admin, for super admins alone."""

    default_site = "integrations_site.web.admin_site.HubAdminSite"


class HubStaticFilesConfig(StaticFilesConfig):
    """Static files, less what packages bring along for pages that the hub does not have."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework", "gis"]
