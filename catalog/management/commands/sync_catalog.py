"""`manage.py sync_catalog`: the definitions that come with the hub, into the catalog."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.definition import DefinitionInvalidError
from catalog.services.representation import value_in_short
from catalog.services.shipped import Change, sync_catalog
from integrations_site.audit.types import HUB


class Command(BaseCommand):
    """Loads what is new or different; run it after `migrate`, as often as you like."""

    help = "Bring the providers that come with the hub into the catalog; what a super admin changed stays changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--diff", action="store_true", help="show what would change, field by field, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changes = sync_catalog(actor=HUB, dry_run=options["diff"])
        except DefinitionInvalidError as error:
            raise CommandError(error.message) from error
        if options["diff"] or options["verbosity"] > 0:
            self._tell(changes)
        if refused := [change for change in changes if change.kind == "refused"]:
            raise CommandError("\n".join(_refusal(change) for change in refused))

    def _tell(self, changes: Any) -> None:
        for change in changes:
            self.stdout.write(f"{change.provider}: {change.kind}")
            for path, (before, after) in change.fields.items():
                self.stdout.write(f"  {path}: {value_in_short(before)} -> {value_in_short(after)}")
            for path, value in change.kept.items():
                self.stdout.write(f"  {path}: stays {value_in_short(value)}, as a super admin set it")
        if not changes:
            self.stdout.write("The catalog is as it was shipped.")


def _refusal(change: Change) -> str:
    kept = ", ".join(change.kept)
    return (
        f"{change.provider} stays as it is: what a super admin changed ({kept}) does not go with the new definition. "
        f"{change.problem}. Change it, or reset the provider in the admin, and run sync_catalog again."
    )
