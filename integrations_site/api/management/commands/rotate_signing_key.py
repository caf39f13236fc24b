"""`rotate_signing_key`: a new key signs access tokens from now on; `--retire` removes keys no longer needed."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from oauth2_provider.settings import oauth2_settings

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from integrations_site.tenancy.tokens import keys


class Command(BaseCommand):
    """Adds a signing key, or removes those whose tokens have all expired."""

    help = "Makes a new key that signs access tokens; older keys still verify theirs. With --retire it makes none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command line."""
        parser.add_argument(
            "--retire",
            action="store_true",
            help="make no key; remove those that were replaced longer ago than an access token lives",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotates or retires, and leaves an entry in the audit trail of what concerns no tenant."""
        with scope.all_tenants(), transaction.atomic():
            if options["retire"]:
                self._retire()
            else:
                announce(action="signing_key.rotated", actor=HUB)
                self.stdout.write(f"New signing key: {keys.make_key()}")

    def _retire(self) -> None:
        seconds = oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS
        announce(action="signing_key.retired", actor=HUB, data={"replaced_seconds_ago": seconds})
        for kid in keys.retire_keys(unused=dt.timedelta(seconds=seconds)):
            self.stdout.write(f"Retired: {kid}")
