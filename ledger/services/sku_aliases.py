"""How vendors call our items."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ConflictError
from ledger.models import SkuAlias, Vendor
from ledger.services.changes import announce_and_save
from ledger.services.locking import locked
from ledger.services.uniqueness import refusing


class AliasTakenError(ConflictError):
    """The vendor's SKU has an alias for the same vendor, or the same global one."""

    code = "ALIAS_TAKEN"


@transaction.atomic
def create_alias(*, vendor_sku: str, internal_sku: str, vendor: Vendor | None, actor: Actor) -> SkuAlias:
    """What a vendor (None: every vendor) calls one of our items, which need not exist yet. Raises AliasTakenError."""
    alias = SkuAlias(id=ids.new_id(), vendor_sku=vendor_sku, internal_sku=internal_sku, vendor=vendor)
    announce(action="sku_alias.created", actor=actor, subject=alias.public_id, data=_told(alias))
    with refusing("alias_once", _taken(vendor_sku)):
        alias.save(force_insert=True)
    return alias


@transaction.atomic
def update_alias(*, alias_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> SkuAlias:
    """Changes an alias; posted cases keep what they were posted as. Raises NotFoundError and AliasTakenError."""
    alias = locked(SkuAlias, alias_id)
    with refusing("alias_once", _taken(changes.get("vendor_sku", alias.vendor_sku))):
        announce_and_save(alias, changes, action="sku_alias.updated", actor=actor)
    return alias


@transaction.atomic
def delete_alias(*, alias_id: uuid.UUID, actor: Actor) -> None:
    """Removes an alias; the next rule holds then. Raises NotFoundError."""
    alias = locked(SkuAlias, alias_id)
    announce(action="sku_alias.deleted", actor=actor, subject=alias.public_id, data=_told(alias))
    alias.delete()


def _told(alias: SkuAlias) -> dict[str, str | None]:
    vendor = alias.vendor
    return {
        "vendor_sku": alias.vendor_sku,
        "internal_sku": alias.internal_sku,
        "vendor_id": vendor.public_id if vendor else None,
    }


def _taken(vendor_sku: str) -> AliasTakenError:
    return AliasTakenError(
        f"The SKU {vendor_sku} has an alias for this vendor already (or a global one); change that one",
        details={"fields": {"vendor_sku": ["It has an alias already."]}},
    )
