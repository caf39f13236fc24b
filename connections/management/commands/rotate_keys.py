"""Seals every stored secret with the first of ENCRYPTION_KEYS, while the hub works."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connections.services.secrets.placing import place_secrets
from connections.services.secrets.rotation import Rotation, rotate_keys
from integrations_site.audit.types import Actor

_OPERATOR = Actor("operator", "rotate_keys")


class Command(BaseCommand):
    """Put the new key in front of ENCRYPTION_KEYS, restart every process, run this, then take the old key away.

    It also brings every credential to the store that CREDENTIAL_STORE names now, and empties the one before.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=200, help="rows a transaction (200)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Says what was sealed anew. Fails where a row is left that only another key opens, or none."""
        done = rotate_keys(actor=_OPERATOR, batch=options["batch"])
        for column, rows in done.sealed.items():
            self.stdout.write(f"{column}: {rows} sealed anew")
        if done.unreadable or done.remaining:
            raise CommandError(_what_is_left(done))
        self._place()
        self.stdout.write("Nothing needs the other keys any more; they can be taken away.")

    def _place(self) -> None:
        """Has secrets be where CREDENTIAL_STORE says, and nowhere else, in case it has changed."""
        placed = place_secrets()
        while placed.waiting and (placed.moved or placed.emptied):
            placed = place_secrets()
        if placed.waiting:
            raise CommandError(f"{placed.waiting} secrets are not where CREDENTIAL_STORE says, or left over elsewhere")


def _what_is_left(done: Rotation) -> str:
    lines = [f"No key opens {column} of {', '.join(rows)}" for column, rows in done.unreadable.items()]
    if done.remaining:
        lines.append(f"{done.remaining} rows are still sealed with another key; is a process running without the new?")
    return ". ".join(lines)
