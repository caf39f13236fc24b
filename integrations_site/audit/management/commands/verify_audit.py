"""`manage.py verify_audit`: reads the audit trail's chains and says whether they hold."""

import re
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations_site.audit.verification import Report, verify
from integrations_site.audit.walk import Anchor
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant

_HUB = "hub"
_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Command(BaseCommand):
    """Names every entry that was changed, removed, inserted or moved, and ends with 1 where there is one.

    Each chain's end is printed as NUMBER:HASH. Stored elsewhere, it can be handed back as --expect, which shows a chain
    that was cut off or sealed anew.
    """

    help = "Verifies the audit trail; names any entry that was changed, removed, inserted or moved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--tenant and --expect."""
        parser.add_argument(
            "--tenant", help="verify only this tenant's chain (tenant-…); `hub` for what concerns no tenant"
        )
        parser.add_argument(
            "--expect", metavar="NUMBER:HASH", help="an end of the tenant's chain that was noted before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verifies one chain after the other."""
        with scope.all_tenants():
            tenants = list(Tenant.objects.order_by("created_at", "id"))
        names: dict[uuid.UUID | None, str] = {tenant.id: f"{tenant.name} ({tenant.public_id})" for tenant in tenants}
        names[None] = "The hub's own chain"
        chains, expected = _chosen(options["tenant"], list(names)), _anchor(options["expect"])
        if expected and len(chains) > 1:
            raise CommandError("--expect is the end of one chain: name it with --tenant")
        reports = [verify(chain, expected=expected) for chain in chains]
        for report in reports:
            self._tell(report, names[report.tenant_id])
        if not all(report.holds for report in reports):
            raise CommandError("The audit trail does not hold.", returncode=1)

    def _tell(self, report: Report, name: str) -> None:
        if report.holds:
            self.stdout.write(f"{name}: {report.head.number} entries, and the chain holds. Its end is {report.head}")
            return
        self.stdout.write(f"{name}: the chain does not hold. Its end is {report.head}")
        for finding in report.findings:
            self.stdout.write(f"  {finding}")


def _chosen(name: str | None, chains: list[uuid.UUID | None]) -> list[uuid.UUID | None]:
    """The chains to verify. Raises CommandError for a tenant that does not exist."""
    if name is None:
        return chains
    chosen = None if name == _HUB else ids.parse(Tenant.id_kind, name)
    if chosen not in chains or (chosen is None and name != _HUB):
        raise CommandError(f"There is no tenant {name}; it is written as tenant- and 32 hex digits")
    return [chosen]


def _anchor(text: str | None) -> Anchor | None:
    """The end of a chain that --expect names. Raises CommandError for what is none."""
    if text is None:
        return None
    found = _ANCHOR.fullmatch(text)
    if not found:
        raise CommandError("--expect is a number, a colon and a hash of 64 hex digits, as verify_audit prints it")
    return Anchor(int(found[1]), found[2])
