"""How long is kept what nobody waits for any more. The audit trail and the books are kept for good."""

from integrations_site.settings import environment as env

# Days after which it goes: an event that was handled, a webhook that was delivered or given up (with its log), a failed
# task that was run again (or an inbound webhook that was given up), a sync or another activity of a connection, a
# consent whose time was over.
RETENTION_DAYS = {
    "events": env.number("RETENTION_EVENTS_DAYS", 30),
    "deliveries": env.number("RETENTION_DELIVERIES_DAYS", 90),
    "failed_tasks": env.number("RETENTION_FAILED_TASKS_DAYS", 90),
    "syncs": env.number("RETENTION_SYNCS_DAYS", 90),
    "consents": env.number("RETENTION_CONSENTS_DAYS", 1),
}
