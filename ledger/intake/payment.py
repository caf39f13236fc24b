"""How an invoice may be paid (EN 16931-1, BG-16 to BG-19)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentMeans:
    """BG-16 to BG-18: one way to pay. `account` is an IBAN or another number; of a card, only the last digits stand."""

    code: str  # BT-81
    text: str | None = None  # BT-82
    account: str | None = None  # BT-84
    account_name: str | None = None  # BT-85
    bank: str | None = None  # BT-86
    card_number: str | None = None  # BT-87
    card_holder: str | None = None  # BT-88


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectDebit:
    """BG-19."""

    mandate: str | None = None  # BT-89
    creditor: str | None = None  # BT-90
    debited_account: str | None = None  # BT-91
