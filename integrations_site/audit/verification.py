"""Whether a chain is as the hub sealed it; and if not, which entries were changed, removed, inserted or moved."""

import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations_site.audit.chain import GENESIS, Link
from integrations_site.audit.models import AuditEntry, AuditHead
from integrations_site.audit.walk import Anchor, Walk
from integrations_site.tenancy import scope

_HUB_CHAIN = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Report:
    """What the verification of one chain found; `findings` are sentences."""

    tenant_id: uuid.UUID | None
    head: Anchor
    findings: list[str]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def head_of(tenant_id: uuid.UUID | None) -> Anchor:
    """Where the chain of a tenant (None: the hub's own) ends at present; number 0 where nothing was sealed yet."""
    with _scope_of(tenant_id):
        head = AuditHead.objects.filter(chain=tenant_id or _HUB_CHAIN).first()
    return Anchor(head.number, head.hash) if head else Anchor(0, GENESIS)


def verify(tenant_id: uuid.UUID | None, *, expected: Anchor | None = None) -> Report:
    """Reads the whole chain of a tenant (None: the hub's own) and says what is wrong with it.

    `expected` is an end of the chain that was noted elsewhere; it must still stand in the chain. That shows what the
    database alone cannot: that entries were removed from the end together with the head, or that the whole chain was
    sealed anew.
    """
    head = head_of(tenant_id)
    with _scope_of(tenant_id), transaction.atomic():
        entries = AuditEntry.objects.filter(Q(tenant_id=tenant_id))
        walk = Walk()
        for link in Link.stream(entries.filter(number__lte=head.number)):
            walk.pass_by(link)
        walk.arrive(head)
        walk.astray += Link.stream(_outside(entries, tenant_id))
        findings = walk.findings()
        if expected:
            findings += _departures(entries, expected, head)
    return Report(tenant_id, head, findings)


def _scope_of(tenant_id: uuid.UUID | None) -> AbstractContextManager[None]:
    return scope.tenant_scope(tenant_id) if tenant_id else scope.all_tenants()


def _outside(entries: QuerySet[AuditEntry], tenant_id: uuid.UUID | None) -> QuerySet[AuditEntry]:
    """Entries outside the chain: never sealed, or behind its end as of now (it moves while the chain is read)."""
    return entries.filter(Q(number__isnull=True) | Q(number__gt=head_of(tenant_id).number))


def _departures(entries: QuerySet[AuditEntry], expected: Anchor, head: Anchor) -> list[str]:
    """How the chain differs from an end that was noted."""
    if expected.number > head.number:
        return [
            f"The chain ends at number {head.number}, but number {expected.number} was noted: entries were removed "
            "from the end, together with the head."
        ]
    found = entries.filter(number=expected.number).values_list("hash", flat=True)
    if expected.number and expected.hash not in found:
        return [f"Entry {expected.number} is not the one that was noted: it or an entry before it was sealed anew."]
    return []
