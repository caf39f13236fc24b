"""Seals every stored secret with the first of ENCRYPTION_KEYS, while the hub works."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connections.services.secrets.rotation import Rotation, rotate_keys
from integrations_site.audit.types import Actor

_OPERATOR = Actor("operator", "rotate_keys")


class Command(BaseCommand):
    """Put the new key in front of ENCRYPTION_KEYS, restart every process, run this, then take the old key away."""

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
        self.stdout.write("Nothing needs the other keys any more; they can be taken away.")


def _what_is_left(done: Rotation) -> str:
    lines = [f"No key opens {column} of {', '.join(rows)}" for column, rows in done.unreadable.items()]
    if done.remaining:
        lines.append(f"{done.remaining} rows are still sealed with another key; is a process running without the new?")
    return ". ".join(lines)
