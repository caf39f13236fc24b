"""`migrate`, run by the owner of the tables."""

from django.core.management.commands import migrate

from integrations_site.tenancy.ownership import AsOwner


class Command(AsOwner, migrate.Command):
    """Django's own command on a connection of the owner."""
