"""Imports invoices from files: `manage.py import_invoices --tenant <id or name> PATH…`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.services.imports import ImportOutcome, IncomingFile, import_documents

COMMAND_LINE = Actor("command:import_invoices", "Command line")


class Command(BaseCommand):
    """Makes a draft of each UBL or CII file; a folder stands for the XML files in it."""

    help = "Imports UBL and CII invoices as drafts, a line of output for each file; ends with 1 where one failed."

    def add_arguments(self, parser: CommandParser) -> None:
        """The tenant, and the files."""
        parser.add_argument("--tenant", required=True, help="the tenant's id (tenant-…) or its name")
        parser.add_argument("paths", nargs="+", type=Path, help="files, or folders of XML files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Imports the files one after the other."""
        tenant = _tenant(options["tenant"])
        failed = 0
        with scope.tenant_scope(tenant.pk):
            for path in _files(options["paths"]):
                outcome = _imported(path)
                failed += outcome.error is not None
                self.stdout.write(_line(outcome))
        if failed:
            raise CommandError(f"{failed} could not be imported")


def _tenant(text: str) -> Tenant:
    key = ids.parse(Tenant.id_kind, text)
    with scope.all_tenants():
        found = list(Tenant.objects.filter(pk=key) if key else Tenant.objects.filter(name=text))
    if len(found) != 1:
        reason = "no tenant" if not found else "more than one tenant; give its id"
        raise CommandError(f"{text!r}: there is {reason} of this id or name")
    return found[0]


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix.lower() == ".xml")
        else:
            yield path


def _imported(path: Path) -> ImportOutcome:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    [outcome] = import_documents(files=[IncomingFile(name=path.name, content=content)], actor=COMMAND_LINE)
    return outcome


def _line(outcome: ImportOutcome) -> str:
    if outcome.case is None:
        return f"{outcome.file}: {outcome.error.code if outcome.error else ''}: {outcome.error}"
    case = outcome.case
    remarks = f", {len(case.differences)} differences" if case.differences else ""
    return f"{outcome.file}: {case.public_id} {case.invoice_number}, {case.total:f} {case.currency}{remarks}"
