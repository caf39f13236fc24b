"""Endpoints that are told of one subject alone, such as a connection, and follow its settings.

All of it happens in the caller's transaction, which holds the subject locked, and asks no name service: addresses come
judged by their form, and what a name resolves to is judged with each delivery.
"""

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from notifications.models import WebhookEndpoint
from notifications.services.endpoints import add_endpoint, audited


def tell_of(*, subject: str, url: str, description: str, actor: Actor) -> tuple[WebhookEndpoint, str]:
    """The endpoint that is told of all that happens to the subject, from now on, at this address.

    A new one comes with its secret, which is shown this once; one that there was keeps its own, and is enabled again.
    """
    found = _endpoint_of(subject)
    if found is None:
        return add_endpoint(actor=actor, subject=subject, url=url, description=description)
    found.url, found.is_active, found.disabled_reason, found.failing_since = url, True, "", None
    told = {"changed": ["url"], **audited(found)}
    announce(action="webhook.updated", actor=actor, subject=found.public_id, data=told)
    found.save(update_fields=["url", "is_active", "disabled_reason", "failing_since", "updated_at"])
    return found, ""


def tell_no_more(*, subject: str, actor: Actor) -> None:
    """Removes the subject's endpoint, if there is one, with what it was not told yet."""
    found = _endpoint_of(subject)
    if found is not None:
        announce(action="webhook.deleted", actor=actor, subject=found.public_id, data=audited(found))
        found.delete()


def retire(*, subject: str, actor: Actor) -> None:
    """The subject is gone: its endpoint gets what happened until now, and is forgotten with its deliveries."""
    found = _endpoint_of(subject)
    if found is not None and found.retired_at is None:
        announce(action="webhook.retired", actor=actor, subject=found.public_id, data=audited(found))
        found.retired_at = clock.now()
        found.save(update_fields=["retired_at", "updated_at"])


def _endpoint_of(subject: str) -> WebhookEndpoint | None:
    found: WebhookEndpoint | None = WebhookEndpoint.objects.select_for_update().filter(subject=subject).first()
    return found
