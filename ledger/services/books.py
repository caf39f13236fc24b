"""Opening a tenant's books."""

from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.tenancy.models import Tenant
from ledger.models import Account, AccountMapping, LedgerSettings, Purpose
from ledger.services.chart import CATEGORY_ACCOUNTS, DEFAULT_CHART, DEFAULT_MAPPINGS


@transaction.atomic
def open_books(*, tenant: Tenant, actor: Actor = HUB) -> LedgerSettings:
    """Gives a new tenant its settings, the default chart of accounts, and an account for every purpose.

    It is called once, in the scope of the tenant; a second call violates the settings' uniqueness.
    """
    announce(action="books.opened", actor=actor, subject=tenant.public_id, data={"accounts": len(DEFAULT_CHART)})
    settings = LedgerSettings.objects.create()
    accounts = _create_accounts()
    AccountMapping.objects.bulk_create(
        [
            *(AccountMapping(purpose=purpose, account=accounts[code]) for purpose, code in DEFAULT_MAPPINGS.items()),
            *(
                AccountMapping(purpose=Purpose.EXPENSE, category=category, account=accounts[code])
                for category, code in CATEGORY_ACCOUNTS.items()
            ),
        ]
    )
    return settings


def open_books_of(*, tenant: Tenant, **_: Any) -> None:
    """Receives `tenant_created`."""
    open_books(tenant=tenant)


def _create_accounts() -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    for row in DEFAULT_CHART:
        parent = accounts[row.parent] if row.parent else None
        accounts[row.code] = Account(code=row.code, name=row.name, type=row.type, parent=parent)
    Account.objects.bulk_create(accounts.values())
    return accounts
