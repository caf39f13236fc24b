"""Webhook endpoints: where a tenant wants to be told, and the secret by which it knows the hub."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids
from integrations_site.kernel.errors import ConflictError, InvalidInputError, UnprocessableError
from integrations_site.kernel.http import ProviderUnavailableError, RequestRefusedError, shared_client
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import WebhookEndpoint
from notifications.sdk.catalog import SUBSCRIBABLE
from notifications.services import signing

MAX_ENDPOINTS = 50
# How long the secret before the last rotation still signs.
GRACE = dt.timedelta(hours=24)


class WebhookUrlRefusedError(UnprocessableError):
    """The hub does not call this address; the message says why."""

    code = "WEBHOOK_URL_REFUSED"


class UnknownEventError(InvalidInputError):
    """A name that is no event of the hub's; `details` lists those that are."""


class WebhookManagedError(ConflictError):
    """The webhook follows the settings of what it tells of; its address is changed there."""

    code = "WEBHOOK_MANAGED"


class TooManyWebhooksError(ConflictError):
    """The tenant has as many endpoints as it may have."""

    code = "TOO_MANY_WEBHOOKS"


def create_endpoint(
    *, url: str, actor: Actor, events: Sequence[str] = (), description: str = "", is_active: bool = True
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint of the tenant in scope, and its secret, which is shown this once.

    An empty `events` subscribes to all. Raises WebhookUrlRefusedError, UnknownEventError and TooManyWebhooksError.
    """
    _check_url(url)
    _check_events(events)
    with transaction.atomic():
        _check_room()
        return add_endpoint(
            actor=actor, url=url, events=_distinct(events), description=description, is_active=is_active
        )


def add_endpoint(*, actor: Actor, **fields: Any) -> tuple[WebhookEndpoint, str]:
    """A new endpoint with these fields, which were checked, and its secret; in the caller's transaction."""
    endpoint = WebhookEndpoint(id=ids.new_id(), tenant_id=scope.tenant_id(), **fields)
    secret = signing.new_secret()
    endpoint.sealed_secret = signing.seal(secret, endpoint)
    announce(action="webhook.created", actor=actor, subject=endpoint.public_id, data=audited(endpoint))
    endpoint.save(force_insert=True)
    return endpoint, secret


def update_endpoint(*, endpoint: WebhookEndpoint, changes: Mapping[str, Any], actor: Actor) -> WebhookEndpoint:
    """Changes `url`, `events`, `description` or `is_active`, as far as `changes` names them.

    To enable an endpoint again forgets why it was disabled; what was pending for it is then delivered.
    Raises WebhookUrlRefusedError, UnknownEventError, and WebhookManagedError for an address that follows settings.
    """
    changed = dict(changes)
    if "url" in changed:
        _require_unmanaged(endpoint)
        _check_url(changed["url"])
    if "events" in changed:
        _check_events(changed["events"])
        changed["events"] = _distinct(changed["events"])
    if changed.get("is_active"):
        changed |= {"disabled_reason": "", "failing_since": None}
    with transaction.atomic():
        for name, value in changed.items():
            setattr(endpoint, name, value)
        data = {"changed": sorted(changes), **audited(endpoint)}
        announce(action="webhook.updated", actor=actor, subject=endpoint.public_id, data=data)
        endpoint.save(update_fields=[*changed, "updated_at"])
    return endpoint


@transaction.atomic
def delete_endpoint(*, endpoint: WebhookEndpoint, actor: Actor) -> None:
    """Removes an endpoint with its deliveries and their log; to stop it and keep them, disable it.

    Raises WebhookManagedError for one that follows settings, until it is retired.
    """
    if endpoint.retired_at is None:
        _require_unmanaged(endpoint)
    announce(action="webhook.deleted", actor=actor, subject=endpoint.public_id, data=audited(endpoint))
    endpoint.delete()


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, actor: Actor) -> str:
    """A new secret, shown this once. The one before it signs as well until GRACE is over."""
    locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    announce(action="webhook.secret_rotated", actor=actor, subject=endpoint.public_id)
    secret = signing.new_secret()
    endpoint.sealed_previous_secret = locked.sealed_secret
    endpoint.previous_secret_until = clock.now() + GRACE
    endpoint.sealed_secret = signing.seal(secret, endpoint)
    endpoint.save(update_fields=["sealed_secret", "sealed_previous_secret", "previous_secret_until", "updated_at"])
    return secret


def _check_url(url: str) -> None:
    """Outside any transaction: it asks the name service."""
    try:
        shared_client().check(url)
    except (RequestRefusedError, ProviderUnavailableError) as error:
        raise WebhookUrlRefusedError(error.message, details={"fields": {"url": [error.message]}}) from None


def _check_events(events: Sequence[str]) -> None:
    if unknown := sorted(set(events) - set(SUBSCRIBABLE)):
        message = f"There is no event named {', '.join(unknown)}"
        raise UnknownEventError(
            message, details={"fields": {"events": [message]}, "known_events": sorted(SUBSCRIBABLE)}
        )


def _check_room() -> None:
    """Locks the tenant, so that two requests at once cannot both take the last place."""
    Tenant.objects.select_for_update(no_key=True).get(pk=scope.tenant_id())
    if WebhookEndpoint.objects.filter(subject="").count() >= MAX_ENDPOINTS:
        raise TooManyWebhooksError(f"A tenant has at most {MAX_ENDPOINTS} webhooks; delete one that is not needed")


def _require_unmanaged(endpoint: WebhookEndpoint) -> None:
    if endpoint.subject:
        raise WebhookManagedError(
            f"This webhook follows the settings of {endpoint.subject}; change settings.webhookUrl there"
        )


def _distinct(events: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(events))


def audited(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """What the audit trail says: the host stands for the address, whose path and query often hold a token."""
    host = urlsplit(endpoint.url).hostname
    return {"host": host, "events": endpoint.events, "is_active": endpoint.is_active}
