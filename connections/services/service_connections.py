"""Connections by the name of a service, as document 002 makes them: the integration behind one is found or made."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from catalog.models import Provider
from catalog.services.gates import visible_providers
from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.services.connections import begin_consent
from connections.services.credential_forms import kind_of
from connections.services.integrations import integration_of, oldest_integration
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ForbiddenError, InvalidInputError

_HOW = {"api_key": "api-key", "basic": "basic", "custom": "custom"}


class ServiceNotSupportedError(InvalidInputError):
    """The catalog has no such service, or it takes no consent."""

    code = "SERVICE_NOT_SUPPORTED"

    def __init__(self, message: str) -> None:
        super().__init__(message, details={"fields": {"service": [f"{message}."]}})


def provider_of(service: str) -> Provider:
    """The provider that the tenant's catalog lists under this name. Raises ServiceNotSupportedError."""
    found = visible_providers().filter(provider=service).first() if "\x00" not in service else None
    if found is None:
        raise ServiceNotSupportedError("Service not supported; GET /api/integrations lists those that are")
    return found


@transaction.atomic
def open_service(
    *, service: str, user_id: uuid.UUID | None, is_admin: bool, actor: Actor, permissions: Sequence[str] = ()
) -> Connection:
    """The connection with a service that a consent will make active: the tenant's, or where users connect accounts of
    their own, the caller's.

    Raises ServiceNotSupportedError, ForbiddenError for users where the service is connected for the whole tenant, and
    what `begin_consent` raises.
    """
    provider = provider_of(service)
    kind = kind_of(definition_of(provider))
    if kind != Connection.CredentialKind.OAUTH:
        raise ServiceNotSupportedError(
            f"{provider} takes no consent: make an integration with POST /api/tenant/integrations and connect it "
            f"with POST /api/tenant/integrations/{{id}}/connect/{_HOW[kind]}"
        )
    integration, holder = instance_for(provider=provider, user_id=user_id, is_admin=is_admin, actor=actor)
    return begin_consent(integration=integration, user_id=holder, actor=actor, permissions=permissions)


def instance_for(
    *, provider: Provider, user_id: uuid.UUID | None, is_admin: bool, actor: Actor
) -> tuple[Integration, uuid.UUID | None]:
    """The integration behind a service, made where an admin asks for the first; and whose its connection will be.

    Raises ForbiddenError as `open_service` does.
    """
    integration = _integration(provider, is_admin=is_admin, actor=actor)
    holder = user_id if integration.user_scoped else None
    if integration.user_scoped and holder is None:
        raise ForbiddenError(f"With {provider} every person connects an account of their own; a program has none")
    return integration, holder


def _integration(provider: Provider, *, is_admin: bool, actor: Actor) -> Integration:
    if is_admin:
        return integration_of(provider=provider, actor=actor)
    found = oldest_integration(provider, user_scoped=True)
    if found is None:
        raise ForbiddenError(
            f"{provider} is connected for the whole tenant, by its admins; ask one of them to connect it, or to make "
            "an integration with which every user connects an account of their own"
        )
    return found
