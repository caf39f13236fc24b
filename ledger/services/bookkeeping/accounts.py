"""Which account a figure is booked on. The most specific mapping wins: item, vendor, category, default."""

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from integrations_site.tenancy.database.statements import Reply, send
from ledger.models import Purpose
from ledger.services.bookkeeping.errors import AccountNotFoundError, details

# Each branch finds its rows by an index: a tenant may have mapped every item it has.
_MAPPINGS = """
SELECT m.purpose::text, m.item_id, m.vendor_id, m.category::text, false, a.id, a.code::text, a.name::text, a.is_active
FROM ledger_accountmapping m JOIN ledger_account a ON a.id = m.account_id
WHERE m.tenant_id = %(tenant)s AND m.purpose = ANY(%(purposes)s) AND m.item_id IS NULL AND m.vendor_id IS NULL
    AND m.category = ANY(%(categories)s)
UNION ALL
SELECT m.purpose, m.item_id, m.vendor_id, m.category, false, a.id, a.code, a.name, a.is_active
FROM ledger_accountmapping m JOIN ledger_account a ON a.id = m.account_id
WHERE m.vendor_id = %(vendor)s AND m.tenant_id = %(tenant)s
UNION ALL
SELECT m.purpose, m.item_id, m.vendor_id, m.category, false, a.id, a.code, a.name, a.is_active
FROM ledger_accountmapping m JOIN ledger_account a ON a.id = m.account_id
WHERE m.item_id = ANY(%(items)s) AND m.tenant_id = %(tenant)s
UNION ALL
SELECT 'expense', NULL, NULL, '', true, a.id, a.code, a.name, a.is_active
FROM ledger_vendor v JOIN ledger_account a ON a.id = v.default_account_id
WHERE v.id = %(vendor)s AND v.tenant_id = %(tenant)s
"""
_PURPOSES = [purpose.value for purpose in Purpose]


class BookAccount(NamedTuple):
    """An account that is booked on."""

    id: uuid.UUID
    code: str
    name: str


class _Mapping(NamedTuple):
    purpose: str
    item_id: uuid.UUID | None
    vendor_id: uuid.UUID | None
    category: str
    is_vendor_default: bool
    account_id: uuid.UUID
    code: str
    name: str
    is_active: bool


class AccountBook:
    """The mappings that matter to one booking; finds the account of each of its figures."""

    def __init__(self, mappings: Iterable[_Mapping]) -> None:
        self._by_item: dict[tuple[str, uuid.UUID], _Mapping] = {}
        self._by_vendor: dict[str, _Mapping] = {}
        self._vendor_default: dict[str, _Mapping] = {}
        self._by_category: dict[tuple[str, str], _Mapping] = {}
        for mapping in mappings:
            self._keep(mapping)

    def _keep(self, mapping: _Mapping) -> None:
        if mapping.item_id is not None:
            self._by_item[mapping.purpose, mapping.item_id] = mapping
        elif mapping.is_vendor_default:
            self._vendor_default[mapping.purpose] = mapping
        elif mapping.vendor_id is not None:
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


def send_mappings(
    tenant: uuid.UUID,
    *,
    vendor: uuid.UUID | None = None,
    items: Sequence[uuid.UUID] = (),
    categories: Iterable[str] = (),
) -> Reply[_Mapping]:
    """Asks for the mappings that matter to a vendor, items and line categories."""
    return send(
        _MAPPINGS,
        {
            "tenant": tenant,
            "purposes": _PURPOSES,
            "vendor": vendor,
            "items": list(items),
            "categories": ["", *sorted({category for category in categories if category})],
        },
        row=_Mapping,
    )


def _missing(purpose: Purpose) -> AccountNotFoundError:
    return AccountNotFoundError(
        f"No account is mapped for {purpose.label.lower()} ({purpose.value})",
        details=details(
            f"Map an account to the purpose {purpose.value} at /api/account-mappings, then post again",
            purpose=purpose.value,
        ),
    )


def _inactive(purpose: Purpose, mapping: _Mapping) -> AccountNotFoundError:
    return AccountNotFoundError(
        f"The account {mapping.code} {mapping.name}, mapped for {purpose.label.lower()}, is inactive",
        details=details(
            f"Activate the account {mapping.code}, or map another one to the purpose {purpose.value}",
            purpose=purpose.value,
            account=mapping.code,
        ),
    )
