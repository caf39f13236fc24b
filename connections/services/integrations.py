"""Integrations: a tenant's instances of the catalog's providers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from catalog.models import Provider
from catalog.services.gates import require_available
from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.services import links
from connections.services.connection_settings import require_frequency
from connections.services.refusals import IntegrationNameTakenError, IntegrationNotFoundError, UserScopeError
from connections.services.revocation import revoke_all
from connections.services.schedules import FREQUENCY, plan_anew
from connections.services.standing import status_of
from connections.services.telling import integration_payload
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import InvalidInputError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

_LARGEST_SETTINGS = 16 * 1024
_TOLD = ("name", "user_scoped", "search_enabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationInput:
    """What a new integration is made of. Where `user_scoped` is None the provider decides."""

    name: str
    description: str = ""
    icon: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    allowed_shard_types: Iterable[str] = ()
    search_enabled: bool = True
    searchable_entities: Iterable[str] = ()
    user_scoped: bool | None = None


@transaction.atomic
def create_integration(*, provider: Provider, data: IntegrationInput, actor: Actor) -> Integration:
    """A new integration of a provider that the tenant may use, pending until somebody connects.

    Raises IntegrationNameTakenError, UserScopeError, InvalidInputError for what the provider does not have, and what
    `require_available` raises.
    """
    require_available(provider, _locked_tenant())
    integration = Integration(
        provider=provider,
        name=data.name,
        description=data.description,
        icon=data.icon,
        settings=dict(data.settings),
        allowed_shard_types=list(dict.fromkeys(data.allowed_shard_types)),
        search_enabled=data.search_enabled,
        searchable_entities=list(dict.fromkeys(data.searchable_entities)),
        user_scoped=_scoping(provider, data.user_scoped),
        enabled_at=clock.now(),
        enabled_by=actor.id,
    )
    _check(integration)
    told = {"provider": provider.provider, **{name: getattr(integration, name) for name in _TOLD}}
    announce(action="integration.created", actor=actor, subject=integration.public_id, data=told)
    integration.save(force_insert=True)
    return integration


@transaction.atomic
def update_integration(*, integration: Integration, changes: Mapping[str, Any], actor: Actor) -> Integration:
    """Changes what `changes` names. Whether users connect accounts of their own is settled once one is connected.

    Another `syncFrequency` holds at once for the connections that have none of their own.
    Raises as create_integration does.
    """
    _locked_tenant()
    integration = locked(integration)
    if changes.get("user_scoped", integration.user_scoped) != integration.user_scoped:
        _check_rescoping(integration, changes["user_scoped"])
    frequency = integration.settings.get(FREQUENCY)
    for name, value in changes.items():
        setattr(integration, name, list(dict.fromkeys(value)) if isinstance(value, list) else value)
    _check(integration)
    announce(
        action="integration.updated", actor=actor, subject=integration.public_id, data={"changed": sorted(changes)}
    )
    integration.save(update_fields=[*changes, "updated_at"])
    if integration.settings.get(FREQUENCY) != frequency:
        plan_anew(integration)
    return integration


@transaction.atomic
def activate_integration(*, integration: Integration, actor: Actor) -> Integration:
    """Lets an integration work (again). Its status is what its connections make it: pending without any."""
    integration = locked(integration)
    announce(action="integration.activated", actor=actor, subject=integration.public_id)
    integration.status = status_of(integration)
    integration.enabled_at, integration.enabled_by = clock.now(), actor.id
    integration.save(update_fields=["status", "enabled_at", "enabled_by", "updated_at"])
    return integration


@transaction.atomic
def deactivate_integration(*, integration: Integration, actor: Actor) -> Integration:
    """Stops an integration: running syncs are cancelled and none begins. Credentials and records stay."""
    integration = locked(integration)
    announce(action="integration.deactivated", actor=actor, subject=integration.public_id)
    links.cancel_syncs(Connection.objects.filter(integration=integration), actor=actor)
    integration.status = Integration.Status.DISABLED
    integration.save(update_fields=["status", "updated_at"])
    return integration


def remove_integration(*, integration: Integration, actor: Actor) -> None:
    """Removes an integration: its connections are cut at once, their records are purged in the background.

    Vendors are told first, outside the transaction, as far as they can be reached. What its connections alone have is
    ended, though several have the same account. The event's `left` names those whose authorization a vendor did not
    end, and why.
    """
    left = [{"connectionId": each.public_id, "reason": why} for each, why in revoke_all(integration=integration)]
    with transaction.atomic():
        integration = locked(integration)
        announce(
            action="integration.removed", actor=actor, subject=integration.public_id, data={"name": integration.name}
        )
        for connection in Connection.objects.select_for_update().filter(integration=integration, removed_at=None):
            links.cut(connection, actor=actor)
            links.mark_removed(connection)
        integration.status, integration.removed_at = Integration.Status.DISABLED, clock.now()
        integration.client_id = integration.sealed_client_secret = ""
        integration.settings = {}
        integration.save()
        integration.field_mappings.all().delete()
        told = integration_payload(integration) | {"left": left}
        publish(type=EventType.INTEGRATION_REMOVED, subject=integration.public_id, payload=told)


@transaction.atomic
def integration_of(*, provider: Provider, actor: Actor) -> Integration:
    """The integration with which an admin connects a provider: the tenant's oldest that is not disabled.

    One for the whole tenant comes first. A tenant that has integrations of the provider for users' own accounts alone
    gets one of these, also a disabled one: beside it none is made that would show an account to everybody. Where there
    is none it is made; two requests at once make one. Raises as create_integration does.
    """
    require_available(provider, _locked_tenant())
    scoping = _scoping(provider, None)
    found = oldest_integration(provider, user_scoped=scoping) or _for_own_accounts(provider)
    if found is not None:
        return found
    data = IntegrationInput(name=_free_name(provider.display_name), user_scoped=scoping)
    return create_integration(provider=provider, data=data, actor=actor)


def oldest_integration(provider: Provider, *, user_scoped: bool) -> Integration | None:
    """The tenant's oldest integration of the provider that is neither removed nor disabled, of this scoping."""
    working = Integration.objects.filter(provider=provider, removed_at=None, user_scoped=user_scoped)
    return working.exclude(status=Integration.Status.DISABLED).order_by("created_at", "pk").first()


def _for_own_accounts(provider: Provider) -> Integration | None:
    """The oldest integration with which users connect accounts of their own; a disabled one where all are."""
    found = Integration.objects.filter(provider=provider, removed_at=None, user_scoped=True)
    ordered = found.order_by("created_at", "pk")
    return min(ordered, key=lambda each: each.status == Integration.Status.DISABLED, default=None)


def locked(integration: Integration) -> Integration:
    """The integration as it is now, locked until the transaction ends. Raises IntegrationNotFoundError once removed."""
    found: Integration | None = (
        Integration.objects.select_for_update(of=("self",))
        .select_related("provider")
        .filter(pk=integration.pk, removed_at=None)
        .first()
    )
    if found is None:
        raise IntegrationNotFoundError
    return found


def _locked_tenant() -> Tenant:
    """The tenant in scope, locked, so that two requests at once cannot take the same name."""
    return Tenant.objects.select_for_update(no_key=True).get(pk=scope.tenant_id())


def _scoping(provider: Provider, wanted: bool | None) -> bool:
    requires = definition_of(provider).requires_user_scoping
    if requires and wanted is False:
        raise UserScopeError(f"With {provider.display_name} every user connects an account of their own")
    return requires if wanted is None else wanted


def _check_rescoping(integration: Integration, wanted: bool) -> None:
    _scoping(integration.provider, wanted)
    if Connection.objects.filter(integration=integration, removed_at=None).exists():
        raise UserScopeError(
            "Accounts are connected already; whose they are cannot change. Make another integration instead"
        )


def _check(integration: Integration) -> None:
    """What the provider does not have, a name that is taken, and settings that are too many."""
    others = Integration.objects.filter(name__iexact=integration.name, removed_at=None).exclude(pk=integration.pk)
    if others.exists():
        raise IntegrationNameTakenError.of(integration.name)
    require_frequency(integration.settings)
    known = [entity.name for entity in definition_of(integration.provider).available_entities]
    if unknown := [name for name in integration.searchable_entities if name not in known]:
        message = f"{unknown[0]} is no data type of the provider; there are {', '.join(known) or 'none'}."
        raise InvalidInputError(message.removesuffix("."), details={"fields": {"searchableEntities": [message]}})
    if len(json.dumps(integration.settings)) > _LARGEST_SETTINGS:
        message = f"Settings have at most {_LARGEST_SETTINGS} characters as JSON."
        raise InvalidInputError(message.removesuffix("."), details={"fields": {"settings": [message]}})


def _free_name(wanted: str) -> str:
    alike = Integration.objects.filter(removed_at=None, name__istartswith=wanted).values_list("name", flat=True)
    taken = {name.lower() for name in alike}
    candidates = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in candidates if name.lower() not in taken)
