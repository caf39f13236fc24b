"""Every type of event that the hub publishes, and what it tells. Webhooks subscribe to these names."""

from enum import StrEnum


class EventType(StrEnum):
    """A type of event; its name is part of the API and never changes its meaning."""

    INVENTORY_POSTED = "integration.inventory.success"
    PAYABLES_POSTED = "integration.ap.success"
    ACCOUNTING_POSTED = "integration.accounting.success"
    POSTING_FAILED = "integration.failed"
    ROLLED_BACK = "integration.rolled_back"
    CASE_APPROVED = "case.approved"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


DESCRIPTIONS = {
    EventType.INVENTORY_POSTED: "A case's lines were posted to the stock.",
    EventType.PAYABLES_POSTED: "A case became a bill in accounts payable.",
    EventType.ACCOUNTING_POSTED: "A case was posted to the books as a journal entry.",
    EventType.POSTING_FAILED: "A posting of a case failed; the payload says why.",
    EventType.ROLLED_BACK: "Postings of a case were rolled back.",
    EventType.CASE_APPROVED: "A case was approved and may be posted.",
    EventType.WEBHOOK_DISABLED: "The hub disabled a webhook whose receiver is gone or kept failing.",
    EventType.WEBHOOK_TEST: "Sent on demand, to try a webhook.",
}

# A test goes to the webhook that it was asked for, whatever that has subscribed to.
SUBSCRIBABLE = tuple(event.value for event in EventType if event is not EventType.WEBHOOK_TEST)
