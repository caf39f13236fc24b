"""Which account a figure is booked on. The most specific mapping wins: item, vendor, category, default."""

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from integrations_site.tenancy.database.statements import Reply, array, send
from ledger.models import Purpose
from ledger.services.bookkeeping.errors import AccountNotFoundError, details

# Every condition names the columns of the unique index from the first on, so that it reads the rows it wants and no
# others: a tenant may have mapped every vendor and every item it has.
_MAPPED = """
SELECT m.purpose::text, m.item_id, m.category::text, a.id, a.code::text, a.name::text, a.is_active, {of_vendor}, false
FROM ledger_accountmapping m JOIN ledger_account a ON a.id = m.account_id
WHERE m.tenant_id = %(tenant)s AND m.purpose = ANY(%(purposes)s::text[]) AND m.item_id {item}
"""
_DEFAULT_OF_VENDOR = """
SELECT 'expense', NULL, '', a.id, a.code, a.name, a.is_active, true, true
FROM ledger_vendor v JOIN ledger_account a ON a.id = v.default_account_id
WHERE v.id = {vendor}
"""
_MAPPINGS = "UNION ALL".join(
    (
        _MAPPED.format(of_vendor="false", item="IS NULL AND m.vendor_id IS NULL"),
        _MAPPED.format(of_vendor="true", item="IS NULL AND m.vendor_id = {vendor}"),
        _DEFAULT_OF_VENDOR,
    )
)
_MAPPINGS_OF_VENDOR = _MAPPINGS.format(vendor="%(vendor)s::uuid")
_MAPPINGS_OF_CASE = _MAPPINGS.format(vendor="(SELECT vendor_id FROM ledger_case WHERE id = %(case)s)")
_MAPPINGS_OF_ITEMS = _MAPPED.format(of_vendor="false", item="= ANY(%(items)s::uuid[])")
_PURPOSES = array(purpose.value for purpose in Purpose)


class BookAccount(NamedTuple):
    """An account that is booked on."""

    id: uuid.UUID
    code: str
    name: str


class Mapping(NamedTuple):
    """An account and what it serves: an item, the vendor, or a category (empty: everything)."""

    purpose: str
    item_id: uuid.UUID | None
    category: str
    account_id: uuid.UUID
    code: str
    name: str
    is_active: bool
    is_of_vendor: bool
    is_vendor_default: bool


class AccountBook:
    """The mappings that matter to one booking; finds the account of each of its figures."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self._by_item: dict[tuple[str, uuid.UUID], Mapping] = {}
        self._by_vendor: dict[str, Mapping] = {}
        self._vendor_default: dict[str, Mapping] = {}
        self._by_category: dict[tuple[str, str], Mapping] = {}
        for mapping in mappings:
            self._keep(mapping)

    def _keep(self, mapping: Mapping) -> None:
        if mapping.item_id is not None:
            self._by_item[mapping.purpose, mapping.item_id] = mapping
        elif mapping.is_vendor_default:
            self._vendor_default[mapping.purpose] = mapping
        elif mapping.is_of_vendor:
            self._by_vendor[mapping.purpose] = mapping
        else:
            self._by_category[mapping.purpose, mapping.category] = mapping

    def account(self, purpose: Purpose, *, item: uuid.UUID | None = None, category: str = "") -> BookAccount:
        """The account for a purpose. A vendor's default account serves its expenses before the default mapping does.

        Raises AccountNotFoundError where none is mapped, or an inactive one.
        """
        found = (
            (self._by_item.get((purpose, item)) if item else None)
            or self._by_vendor.get(purpose)
            or (self._by_category.get((purpose, category)) if category else None)
            or self._vendor_default.get(purpose)
            or self._by_category.get((purpose, ""))
        )
        if found is None:
            raise _missing(purpose)
        if not found.is_active:
            raise _inactive(purpose, found)
        return BookAccount(found.account_id, found.code, found.name)


def send_mappings(tenant: uuid.UUID, *, vendor: uuid.UUID | None = None) -> Reply[Mapping]:
    """Asks for the mappings that are not of an item, and for the vendor's own."""
    parameters = {"tenant": tenant, "purposes": _PURPOSES, "vendor": vendor}
    return send(_MAPPINGS_OF_VENDOR, parameters, row=Mapping)


def send_mappings_of_case(tenant: uuid.UUID, case: uuid.UUID) -> Reply[Mapping]:
    """Asks for the same, for the vendor of a case."""
    return send(_MAPPINGS_OF_CASE, {"tenant": tenant, "purposes": _PURPOSES, "case": case}, row=Mapping)


def send_mappings_of_items(tenant: uuid.UUID, items: Sequence[uuid.UUID]) -> Reply[Mapping]:
    """Asks for the mappings of items; there must be at least one."""
    return send(_MAPPINGS_OF_ITEMS, {"tenant": tenant, "purposes": _PURPOSES, "items": array(items)}, row=Mapping)


def _missing(purpose: Purpose) -> AccountNotFoundError:
    return AccountNotFoundError(
        f"No account is mapped for {purpose.label.lower()} ({purpose.value})",
        details=details(
            f"Map an account to the purpose {purpose.value} at /api/account-mappings, then post again",
            purpose=purpose.value,
        ),
    )


def _inactive(purpose: Purpose, mapping: Mapping) -> AccountNotFoundError:
    return AccountNotFoundError(
        f"The account {mapping.code} {mapping.name}, mapped for {purpose.label.lower()}, is inactive",
        details=details(
            f"Activate the account {mapping.code}, or map another one to the purpose {purpose.value}",
            purpose=purpose.value,
            account=mapping.code,
        ),
    )
