"""Which vendor sent a document, and what happens where nobody knows."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import UnprocessableError
from ledger.intake import DraftSeller
from ledger.models import LedgerSettings, Vendor
from ledger.services.vendor_identity import plain_address, plain_name, plain_tax_id
from ledger.services.vendors import VendorInput, create_vendor

_TAX_ID_LENGTH, _NAME_LENGTH, _ADDRESS_LENGTH = 50, 200, 200
_SHOWN = 5


class UnknownVendorError(UnprocessableError):
    """No vendor is the one that the document names, and the tenant wants none made."""

    code = "VENDOR_NOT_FOUND"


class AmbiguousVendorError(UnprocessableError):
    """Several vendors could be the one that the document names."""

    code = "VENDOR_AMBIGUOUS"


def vendor_of(seller: DraftSeller, *, actor: Actor) -> Vendor:
    """The vendor with the seller's tax number, else its electronic address, else its name; else a new, unconfirmed one.

    It belongs into a transaction: two documents of an unknown vendor at the same time make one vendor. Raises
    UnknownVendorError where the settings want none made, and AmbiguousVendorError.
    """
    found = matching_vendor(seller)
    if found is not None:
        return found
    # Whoever imports at the same time waits here, and then finds the vendor that was made meanwhile.
    settings = LedgerSettings.objects.select_for_update().get()
    found = matching_vendor(seller)
    if found is not None:
        return found
    if settings.unknown_vendor == LedgerSettings.UnknownVendor.REFUSE:
        raise _unknown(seller)
    return create_vendor(data=_new_vendor(seller), actor=actor)


def matching_vendor(seller: DraftSeller) -> Vendor | None:
    """The vendor that the seller is, or None. Raises AmbiguousVendorError where several match equally well."""
    for candidates in _candidates(seller):
        found = list(candidates.order_by("created_at", "id")[:_SHOWN])
        active = [vendor for vendor in found if vendor.is_active] or found
        if len(active) > 1:
            raise AmbiguousVendorError(
                f"{len(active)} vendors could be {plain_name(seller.name)}: {', '.join(v.code for v in active)}. "
                "Give the right one its tax number, or deactivate the others",
                details={"vendors": [vendor.public_id for vendor in active]},
            )
        if active:
            return active[0]
    return None


def _candidates(seller: DraftSeller) -> Iterator[QuerySet[Vendor]]:
    """The strongest mark first."""
    tax_ids = [plain_tax_id(written) for written in seller.tax_ids]
    if tax_ids:
        yield Vendor.objects.filter(tax_id__in=tax_ids)
    if addresses := _addresses(seller):
        yield Vendor.objects.filter(electronic_address__in=addresses)
    names = Vendor.objects.filter(name__iexact=plain_name(seller.name)[:_NAME_LENGTH])
    # A namesake with another tax number is another company.
    yield names.filter(tax_id="") if tax_ids else names


def _addresses(seller: DraftSeller) -> list[str]:
    """The electronic address with and without its scheme: 0088:7300010000001 and 7300010000001."""
    address = seller.electronic_address
    if address is None:
        return []
    with_scheme = [f"{address.scheme}:{address.value}"] if address.scheme else []
    return [plain_address(written) for written in (*with_scheme, address.value)]


def _new_vendor(seller: DraftSeller) -> VendorInput:
    addresses = _addresses(seller)
    tax_id = next((number for number in seller.tax_ids if len(number) <= _TAX_ID_LENGTH), "")
    return VendorInput(
        name=plain_name(seller.name)[:_NAME_LENGTH],
        tax_id=tax_id,
        electronic_address=addresses[0] if addresses and len(addresses[0]) <= _ADDRESS_LENGTH else "",
        email=_valid_email(seller.email),
        is_confirmed=False,
    )


def _valid_email(written: str | None) -> str:
    try:
        validate_email(written)
    except ValidationError:
        return ""
    return written or ""


def _unknown(seller: DraftSeller) -> UnknownVendorError:
    address = seller.electronic_address
    known = {
        "name": plain_name(seller.name),
        "tax_ids": list(seller.tax_ids),
        "electronic_address": f"{address.scheme or ''}:{address.value}".lstrip(":") if address else None,
    }
    return UnknownVendorError(
        f"No vendor has the tax number, electronic address or name of {known['name']}; create it, or let the setting "
        "unknown_vendor be create",
        details={"seller": known},
    )
