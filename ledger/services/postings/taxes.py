"""The taxes of a case, and whether each is claimed back or borne."""

import uuid
from decimal import Decimal
from typing import NamedTuple

from integrations_site.tenancy.database.statements import Reply, send
from ledger.models import Purpose
from ledger.services.bookkeeping.accounts import AccountBook, BookAccount
from ledger.services.bookkeeping.errors import AccountNotFoundError, details
from ledger.services.postings.cases import CaseKey, PostableCase

# The most specific rule wins: category and rate, category, rate, any. A document may state its tax without any rates.
_TAXES = """
SELECT t.category, t.rate, t.amount, rule.is_recoverable, rule.account_id, rule.code, rule.name, rule.is_active
FROM (
    SELECT CASE WHEN stated.id IS NULL THEN '' ELSE stated.category END AS category, stated.rate,
        CASE WHEN stated.id IS NULL THEN c.tax ELSE stated.amount END AS amount
    FROM ledger_case c LEFT JOIN ledger_casetax stated ON stated.case_id = c.id
    WHERE c.id = %(case)s AND (stated.id IS NOT NULL OR c.tax <> 0)
) AS t
LEFT JOIN LATERAL (
    SELECT r.is_recoverable, r.account_id, a.code, a.name, a.is_active
    FROM ledger_taxrule r LEFT JOIN ledger_account a ON a.id = r.account_id
    WHERE r.tenant_id = %(tenant)s AND r.category IN (t.category, '') AND (r.rate = t.rate OR r.rate IS NULL)
    ORDER BY r.category = '', r.rate IS NULL
    LIMIT 1
) AS rule ON true
ORDER BY t.category, t.rate
"""


class PostableTax(NamedTuple):
    """The tax of a category and rate, and the rule for it, where there is one."""

    category: str
    rate: Decimal | None
    amount: Decimal
    is_recoverable: bool | None
    account_id: uuid.UUID | None
    account_code: str | None
    account_name: str | None
    account_is_active: bool | None

    @property
    def label(self) -> str:
        """The tax for people."""
        rate = "" if self.rate is None else f" {self.rate.normalize():f} %"
        return f"Tax {self.category}".rstrip() + rate

    def purpose(self, case: PostableCase) -> Purpose:
        """Claimed back or borne: the rule's word, else the tenant's setting."""
        recoverable = case.tax_recoverable if self.is_recoverable is None else self.is_recoverable
        return Purpose.TAX_RECOVERABLE if recoverable else Purpose.TAX_EXPENSE

    def account(self, case: PostableCase, book: AccountBook) -> BookAccount:
        """The rule's account, else the one that is mapped. Raises AccountNotFoundError."""
        if self.account_id is None:
            return book.account(self.purpose(case))
        if not self.account_is_active:
            raise AccountNotFoundError(
                f"The account {self.account_code} {self.account_name} of the tax rule for {self.label} is inactive",
                details=details(
                    f"Activate the account {self.account_code}, or name another one in the tax rule",
                    account=self.account_code,
                ),
            )
        return BookAccount(self.account_id, str(self.account_code), str(self.account_name))


def send_taxes(key: CaseKey) -> Reply[PostableTax]:
    """Asks for the case's taxes and the rules for them."""
    return send(_TAXES, key.parameters, row=PostableTax)
