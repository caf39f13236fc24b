"""Which account serves which purpose, and how tax is booked."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ConflictError, InvalidInputError
from ledger.models import Account, AccountMapping, InventoryItem, TaxRule, Vendor
from ledger.services.accounts import require_active
from ledger.services.changes import announce_and_save
from ledger.services.locking import locked
from ledger.services.uniqueness import refusing


class MappingTakenError(ConflictError):
    """There is a mapping for the same purpose and the same thing."""

    code = "MAPPING_TAKEN"


class TaxRuleTakenError(ConflictError):
    """There is a rule for the same category and rate."""

    code = "TAX_RULE_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingInput:
    """The account for a purpose: of an item, a vendor or a line category; of everything where none is given."""

    purpose: str
    account: Account
    item: InventoryItem | None = None
    vendor: Vendor | None = None
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRuleInput:
    """Whether tax of a category (empty: any) and rate in percent (None: any) is claimed back, and its account."""

    is_recoverable: bool
    category: str = ""
    rate: Decimal | None = None
    account: Account | None = None


@transaction.atomic
def create_mapping(*, data: MappingInput, actor: Actor) -> AccountMapping:
    """A new mapping. Raises MappingTakenError, InvalidInputError (for two things at once), UnprocessableError."""
    if sum((data.item is not None, data.vendor is not None, bool(data.category))) > 1:
        raise InvalidInputError(
            "A mapping is for an item, a vendor or a category, not for two of them",
            details={"fields": {"non_field": ["Give one of item_id, vendor_id and category, or none."]}},
        )
    require_active(data.account)
    mapping = AccountMapping(
        id=ids.new_id(),
        purpose=data.purpose,
        account=data.account,
        item=data.item,
        vendor=data.vendor,
        category=data.category,
    )
    announce(action="account_mapping.created", actor=actor, subject=mapping.public_id, data=_told(mapping))
    with refusing("mapping_once", lambda: _mapping_taken(mapping)):
        mapping.save(force_insert=True)
    return mapping


@transaction.atomic
def update_mapping(*, mapping_id: uuid.UUID, account: Account, actor: Actor) -> AccountMapping:
    """Points a mapping at another account. Raises NotFoundError and UnprocessableError (ACCOUNT_INACTIVE)."""
    mapping = locked(AccountMapping, mapping_id)
    require_active(account)
    announce_and_save(mapping, {"account": account}, action="account_mapping.updated", actor=actor)
    return mapping


@transaction.atomic
def delete_mapping(*, mapping_id: uuid.UUID, actor: Actor) -> None:
    """Removes a mapping; the next less specific one holds then. Raises NotFoundError."""
    mapping = locked(AccountMapping, mapping_id)
    announce(action="account_mapping.deleted", actor=actor, subject=mapping.public_id, data=_told(mapping))
    mapping.delete()


@transaction.atomic
def create_tax_rule(*, data: TaxRuleInput, actor: Actor) -> TaxRule:
    """A new rule. Raises TaxRuleTakenError and UnprocessableError (ACCOUNT_INACTIVE)."""
    if data.account is not None:
        require_active(data.account)
    rule = TaxRule(
        id=ids.new_id(),
        category=data.category,
        rate=data.rate,
        is_recoverable=data.is_recoverable,
        account=data.account,
    )
    announce(action="tax_rule.created", actor=actor, subject=rule.public_id, data=_told_rule(rule))
    with refusing("tax_rule_once", lambda: _rule_taken(rule)):
        rule.save(force_insert=True)
    return rule


@transaction.atomic
def update_tax_rule(*, rule_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> TaxRule:
    """Changes a rule; what is booked stays. Raises NotFoundError, TaxRuleTakenError and UnprocessableError."""
    rule = locked(TaxRule, rule_id)
    if changes.get("account") is not None:
        require_active(changes["account"])
    with refusing("tax_rule_once", lambda: _rule_taken(rule)):
        announce_and_save(rule, changes, action="tax_rule.updated", actor=actor)
    return rule


@transaction.atomic
def delete_tax_rule(*, rule_id: uuid.UUID, actor: Actor) -> None:
    """Removes a rule; a more general one, or the tenant's default, holds then. Raises NotFoundError."""
    rule = locked(TaxRule, rule_id)
    announce(action="tax_rule.deleted", actor=actor, subject=rule.public_id, data=_told_rule(rule))
    rule.delete()


def _told(mapping: AccountMapping) -> dict[str, Any]:
    return {
        "purpose": mapping.purpose,
        "account": mapping.account.code,
        "item": mapping.item.sku if mapping.item else None,
        "vendor": mapping.vendor.code if mapping.vendor else None,
        "category": mapping.category,
    }


def _told_rule(rule: TaxRule) -> dict[str, Any]:
    return {
        "category": rule.category,
        "rate": None if rule.rate is None else str(rule.rate),
        "is_recoverable": rule.is_recoverable,
        "account": rule.account.code if rule.account else None,
    }


def _mapping_taken(mapping: AccountMapping) -> MappingTakenError:
    """Names the mapping that is in the way. It is None where it was removed in this moment."""
    same = {name: getattr(mapping, name) for name in ("purpose", "item", "vendor", "category")}
    twin = AccountMapping.objects.select_related("account", "item", "vendor").filter(**same).first()
    if twin is None:
        return MappingTakenError("There was a mapping for this a moment ago; try again", retry_after=1)
    return MappingTakenError(
        f"{_purpose(twin)} is mapped to account {twin.account.code} already; change that mapping, {twin.public_id}",
        details={"existing": {"id": twin.public_id, **_told(twin)}},
    )


def _purpose(mapping: AccountMapping) -> str:
    """Such as `expense of category freight`."""
    things = {"item": mapping.item, "vendor": mapping.vendor, "category": mapping.category}
    narrowed = [f" of {kind} {thing}" for kind, thing in things.items() if thing]
    return mapping.purpose + "".join(narrowed)


def _rule_taken(rule: TaxRule) -> TaxRuleTakenError:
    """Names the rule that is in the way, as `_mapping_taken` does."""
    same = TaxRule.objects.filter(category=rule.category, rate=rule.rate).exclude(pk=rule.pk)
    twin = same.select_related("account").first()
    if twin is None:
        return TaxRuleTakenError("There was a rule for this a moment ago; try again", retry_after=1)
    return TaxRuleTakenError(
        f"There is a rule for this category and rate already; change that one, {twin.public_id}",
        details={"existing": {"id": twin.public_id, **_told_rule(twin)}},
    )
