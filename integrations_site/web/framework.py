"""Apps of Django's own, as the hub wants them."""

from django.contrib.admin.apps import AdminConfig


class HubAdminConfig(AdminConfig):
    """The admin, for super admins alone."""

    default_site = "integrations_site.web.admin_site.HubAdminSite"
