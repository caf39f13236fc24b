"""`rotate_signing_key`: a new key signs access tokens from now on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from integrations_site.tenancy.tokens import keys


class Command(BaseCommand):
    """Adds a signing key; tokens that older keys signed stay good until those are retired."""

    help = "Makes a new key that signs access tokens. Retire the old ones once the tokens they signed have expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument(
            "--retire", action="store_true", help="remove every older key; what it signed is refused at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotates, and leaves an entry in the audit trail of what concerns no tenant."""
        with scope.all_tenants(), transaction.atomic():
            announce(action="signing_key.rotated", actor=HUB, data={"older_keys_retired": options["retire"]})
            self.stdout.write(f"New signing key: {keys.make_key()}")
            for kid in keys.retire_keys() if options["retire"] else []:
                self.stdout.write(f"Retired: {kid}")
