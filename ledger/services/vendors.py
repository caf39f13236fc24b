"""Vendors: who sends invoices."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ConflictError, NotFoundError, UnprocessableError
from ledger.models import Account, Vendor
from ledger.services.accounts import require_active
from ledger.services.changes import announce_and_save
from ledger.services.locking import locked
from ledger.services.uniqueness import refusing
from ledger.services.vendor_identity import plain


class VendorNotFoundError(NotFoundError):
    """A case names a vendor that is not in the system, or is another tenant's."""

    code = "VENDOR_NOT_FOUND"


class VendorCodeTakenError(ConflictError):
    """Another vendor of the tenant has the code."""

    code = "VENDOR_CODE_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorInput:
    """A vendor to be made; without a code it gets one."""

    name: str
    code: str = ""
    tax_id: str = ""
    electronic_address: str = ""
    email: str = ""
    terms_days: int | None = None
    default_account: Account | None = None
    is_confirmed: bool = True


def usable_vendor(vendor_id: uuid.UUID) -> Vendor:
    """The active vendor with this id. Raises VendorNotFoundError, and UnprocessableError (VENDOR_INACTIVE)."""
    vendor = Vendor.objects.filter(id=vendor_id).first()
    if vendor is None:
        raise VendorNotFoundError(
            "There is no such vendor", details={"vendor_id": ids.public(Vendor.id_kind, vendor_id)}
        )
    if not vendor.is_active:
        raise UnprocessableError(
            f"The vendor {vendor.name} is deactivated; activate it first, or choose another one", code="VENDOR_INACTIVE"
        )
    return vendor


@transaction.atomic
def create_vendor(*, data: VendorInput, actor: Actor) -> Vendor:
    """A new vendor. Raises VendorCodeTakenError and UnprocessableError (ACCOUNT_INACTIVE)."""
    if data.default_account is not None:
        require_active(data.default_account)
    vendor_id = ids.new_id()
    vendor = Vendor(id=vendor_id, **plain({field.name: getattr(data, field.name) for field in fields(data)}))
    vendor.code = data.code or f"V-{vendor_id.hex[-12:].upper()}"
    announce(
        action="vendor.created",
        actor=actor,
        subject=vendor.public_id,
        data={"code": vendor.code, "name": vendor.name, "is_confirmed": vendor.is_confirmed},
    )
    with refusing("vendor_code_once", _taken(vendor.code)):
        vendor.save(force_insert=True)
    return vendor


@transaction.atomic
def update_vendor(*, vendor_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> Vendor:
    """Changes a vendor's data. Raises NotFoundError, VendorCodeTakenError and UnprocessableError (ACCOUNT_INACTIVE)."""
    vendor = locked(Vendor, vendor_id)
    if changes.get("default_account") is not None:
        require_active(changes["default_account"])
    with refusing("vendor_code_once", _taken(changes.get("code", vendor.code))):
        announce_and_save(vendor, plain(changes), action="vendor.updated", actor=actor)
    return vendor


@transaction.atomic
def deactivate_vendor(*, vendor_id: uuid.UUID, actor: Actor) -> Vendor:
    """The vendor stays in the books, and gets no new cases. Raises NotFoundError."""
    vendor = locked(Vendor, vendor_id)
    announce_and_save(vendor, {"is_active": False}, action="vendor.deactivated", actor=actor)
    return vendor


@transaction.atomic
def activate_vendor(*, vendor_id: uuid.UUID, actor: Actor) -> Vendor:
    """The vendor gets cases again. Raises NotFoundError."""
    vendor = locked(Vendor, vendor_id)
    announce_and_save(vendor, {"is_active": True}, action="vendor.activated", actor=actor)
    return vendor


@transaction.atomic
def confirm_vendor(*, vendor_id: uuid.UUID, actor: Actor) -> Vendor:
    """Somebody has looked at a vendor that an import made, so its cases can be approved. Raises NotFoundError."""
    vendor = locked(Vendor, vendor_id)
    announce_and_save(vendor, {"is_confirmed": True}, action="vendor.confirmed", actor=actor)
    return vendor


def _taken(code: str) -> VendorCodeTakenError:
    return VendorCodeTakenError(f"Another vendor has the code {code}", details={"fields": {"code": ["It is taken."]}})


def list_vendors() -> list[Vendor]:
    """The tenant's vendors, the oldest first."""
    return list(Vendor.objects.order_by("created_at", "pk"))
