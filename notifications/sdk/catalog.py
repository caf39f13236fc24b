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
    INTEGRATION_REMOVED = "integration.removed"
    CONNECTION_CONNECTED = "connection.connected"
    CONNECTION_EXPIRED = "connection.expired"
    CONNECTION_BLOCKED = "connection.blocked"
    CONNECTION_RECOVERED = "connection.recovered"
    CONNECTION_DISCONNECTED = "connection.disconnected"
    CONNECTION_REMOVED = "connection.removed"
    SYNC_COMPLETED = "sync.completed"
    SYNC_PARTIAL = "sync.partial"
    SYNC_FAILED = "sync.failed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


DESCRIPTIONS = {
    EventType.INVENTORY_POSTED: "A case's lines were posted to the stock.",
    EventType.PAYABLES_POSTED: "A case became a bill in accounts payable.",
    EventType.ACCOUNTING_POSTED: "A case was posted to the books as a journal entry.",
    EventType.POSTING_FAILED: "A posting of a case failed; the payload says why.",
    EventType.ROLLED_BACK: "Postings of a case were rolled back.",
    EventType.CASE_APPROVED: "A case was approved and may be posted.",
    EventType.INTEGRATION_REMOVED: "An integration was removed; its connections were cut before.",
    EventType.CONNECTION_CONNECTED: "An account at a third party was connected, or connected again.",
    EventType.CONNECTION_EXPIRED: "A third party does not accept a connection's credential any more; connect it again.",
    EventType.CONNECTION_BLOCKED: "A third party kept failing, so the hub leaves it alone for a while.",
    EventType.CONNECTION_RECOVERED: "A third party that had kept failing answers again.",
    EventType.CONNECTION_DISCONNECTED: "A connection was cut; the hub keeps no credential of it.",
    EventType.CONNECTION_REMOVED: "A connection was removed; its records are purged.",
    EventType.SYNC_COMPLETED: "A sync has read every data type that it was asked for; records may have been refused.",
    EventType.SYNC_PARTIAL: "A sync has read some data types; `resumeAt` says when it goes on by itself, if it does.",
    EventType.SYNC_FAILED: "A sync has read no data type; the payload says why.",
    EventType.WEBHOOK_DISABLED: "The hub disabled a webhook whose receiver is gone or kept failing.",
    EventType.WEBHOOK_TEST: "Sent on demand, to try a webhook.",
}

# A test goes to the webhook that it was asked for, whatever that has subscribed to.
SUBSCRIBABLE = tuple(event.value for event in EventType if event is not EventType.WEBHOOK_TEST)
