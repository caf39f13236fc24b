"""`rotate_signing_key`: a new key signs access tokens from now on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations_site.tenancy.tokens import keys


class Command(BaseCommand):
    """Adds a signing key; tokens that older keys signed stay good until those are retired."""

    help = "Makes a new key that signs access tokens. Retire the old ones once the tokens they signed have expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument(
            "--retire", action="store_true", help="remove every older key: tokens they signed are refused at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotates."""
        self.stdout.write(f"New signing key: {keys.make_key()}")
        if options["retire"]:
            for kid in keys.retire_keys():
                self.stdout.write(f"Retired: {kid}")
