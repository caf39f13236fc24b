"""`flush`, run by the owner of the tables."""

from django.core.management.commands import flush

from integrations_site.tenancy.ownership import AsOwner


class Command(AsOwner, flush.Command):
    """Django's own command on a connection of the owner."""
