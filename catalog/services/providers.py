"""Providers: what super admins do with them."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from catalog.definition import ProviderDefinition, parse
from catalog.definition.merging import leaves, merge, patch_between
from catalog.definition.reading import DefinitionInvalidError, take_secrets, trusted
from catalog.models import Provider
from catalog.services import secrets
from catalog.services.columns import WRITTEN, fill, fill_word
from catalog.services.errors import (
    ProviderExistsError,
    ProviderInUseError,
    ProviderNotFoundError,
    ProviderReferredToError,
    ProviderShippedError,
)
from catalog.services.usage import Usage, usage_of
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.tenancy import scope

# Where each secret stands in the body of a request.
_SECRETS = {"client_secret": ("oauthConfig", "clientSecret"), "webhook_secret": ("webhooks", "secret")}
_SEALED = ("sealed_client_secret", "sealed_webhook_secret")


def definition_of(provider: Provider) -> ProviderDefinition:
    """What there is to know of a provider, typed. It holds no secret."""
    return trusted(provider.definition)


def create_provider(*, data: Any, actor: Actor) -> Provider:
    """A provider that a super admin enters; `data` is the body of document 003's "Create Integration Provider".

    Raises DefinitionInvalidError, and ProviderExistsError where another one has its identifier.
    """
    definition, given = take_secrets(parse(data))
    provider = Provider(id=ids.new_id())
    fill(provider, definition)
    for name, secret in given.items():
        secrets.seal(provider, name, secret)
    try:
        with hub_transaction():
            _announce("created", provider, actor, {"status": provider.status, "category": provider.category})
            provider.save(force_insert=True)
    except IntegrityError:
        message = f'There is a provider "{provider.provider}" already; choose another identifier, or change that one'
        raise ProviderExistsError(message, details={"field": "provider", "message": message}) from None
    return provider


def update_provider(*, provider_id: uuid.UUID, patch: Any, actor: Actor) -> Provider:
    """Changes what `patch` names, as a JSON merge patch (RFC 7396): objects are merged, lists replaced, null removes.

    Raises DefinitionInvalidError, also where the identifier would change, and ProviderNotFoundError.
    """
    if not isinstance(patch, Mapping):
        parse(patch)
    with hub_transaction():
        provider = _locked(provider_id)
        before = provider.definition
        definition, given = take_secrets(parse(merge(before, patch)))
        _require_same_identifier(provider, definition)
        fill(provider, definition)
        changed = dict.fromkeys(_removed_secrets(patch)) | given
        for name, secret in changed.items():
            secrets.seal(provider, name, secret)
        paths = sorted([*leaves(patch_between(before, provider.definition)), *changed])
        if paths:
            _announce("updated", provider, actor, {"changed": paths})
            provider.save(update_fields=[*WRITTEN, *_SEALED])
    return provider


def set_status(*, provider_id: uuid.UUID, status: str, actor: Actor) -> Provider:
    """Whether tenants may see and connect the provider. The rest of its definition is not judged again: also one that
    would be refused today can be switched off.

    Raises ProviderNotFoundError.
    """
    return _set_word(provider_id, "status", Provider.Status(status), actor)


def set_audience(*, provider_id: uuid.UUID, audience: str, actor: Actor) -> Provider:
    """Whether the provider is for tenants or for the hub itself. As `set_status`."""
    return _set_word(provider_id, "audience", Provider.Audience(audience), actor)


def reset_provider(*, provider_id: uuid.UUID, actor: Actor) -> Provider:
    """Takes back everything that a super admin changed about a shipped provider; its secrets stay.

    Raises ProviderShippedError where it did not come with the hub, and ProviderNotFoundError.
    """
    with hub_transaction():
        provider = _locked(provider_id)
        if provider.shipped is None:
            raise ProviderShippedError(f"{provider} did not come with the hub; there is nothing to go back to")
        paths = sorted(leaves(provider.changed))
        fill(provider, parse(provider.shipped))
        _announce("reset", provider, actor, {"changed": paths})
        provider.save(update_fields=WRITTEN)
    return provider


def delete_provider(*, provider_id: uuid.UUID, actor: Actor) -> None:
    """Removes a provider that nobody uses and that did not come with the hub.

    Raises ProviderInUseError, ProviderShippedError, ProviderReferredToError and ProviderNotFoundError.
    """
    with hub_transaction():
        provider = _locked(provider_id)
        usage = usage_of(provider.id)
        if usage.counts:
            raise ProviderInUseError.by(provider.display_name, usage)
        if provider.is_shipped:
            raise ProviderShippedError(f"{provider} comes with the hub; set its status to disabled instead")
        if usage.kept:
            raise ProviderReferredToError.by(provider.display_name, usage.kept)
        _announce("deleted", provider, actor, {"category": provider.category})
        try:
            provider.delete()
        except ProtectedError as error:
            found = Usage(counts={"references": len(error.protected_objects)})
            raise ProviderInUseError.by(provider.display_name, found) from None


@contextmanager
def hub_transaction() -> Iterator[None]:
    """A transaction about what belongs to the hub as a whole: it is audited in the hub's own chain."""
    with scope.all_tenants(), transaction.atomic():
        yield


def _set_word(provider_id: uuid.UUID, name: str, word: str, actor: Actor) -> Provider:
    with hub_transaction():
        provider = _locked(provider_id)
        if provider.definition[name] != word:
            fill_word(provider, name, str(word))
            _announce("updated", provider, actor, {"changed": [name]})
            provider.save(update_fields=WRITTEN)
    return provider


def _locked(provider_id: uuid.UUID) -> Provider:
    found = Provider.objects.select_for_update().filter(pk=provider_id).first()
    if found is None:
        raise ProviderNotFoundError.plainly()
    return found


def _announce(verb: str, provider: Provider, actor: Actor, data: Mapping[str, Any]) -> None:
    told = {"provider": provider.provider, **data}
    announce(action=f"provider.{verb}", actor=actor, subject=provider.public_id, data=told)


def _require_same_identifier(provider: Provider, definition: ProviderDefinition) -> None:
    if definition.provider != provider.provider:
        message = "The identifier of a provider never changes; make another provider instead."
        told = {"field": "provider", "message": message, "fields": {"provider": [message]}}
        raise DefinitionInvalidError(message.removesuffix("."), details=told)


def _removed_secrets(patch: Mapping[str, Any]) -> list[str]:
    """Secrets that a patch sets to null, or removes with the object around them."""
    return [name for name, (part, key) in _SECRETS.items() if part in patch and _is_null(patch[part], key)]


def _is_null(part: Any, key: str) -> bool:
    return part is None or (isinstance(part, Mapping) and key in part and part[key] is None)
