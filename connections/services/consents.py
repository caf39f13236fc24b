"""Beginning consents: for an integration (document 003) and by the name of a service (document 002)."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from connections.models import Connection, Integration
from connections.services.connections import begin_consent
from connections.services.oauth import Consent, start_consent
from connections.services.redirects import callback_uri
from connections.services.service_connections import open_service
from integrations_site.audit.types import Actor


@transaction.atomic
def consent_for_integration(
    *,
    integration: Integration,
    user_id: uuid.UUID | None,
    actor: Actor,
    return_url: str,
    permissions: Sequence[str] = (),
    takes_other_account: bool = False,
    browser: str = "",
) -> Consent:
    """Begins the consent to an integration's connection, the tenant's or the user's; what is refused leaves nothing.

    Raises what `begin_consent` and `start_consent` raise.
    """
    connection = begin_consent(integration=integration, user_id=user_id, actor=actor, permissions=permissions)
    return start_consent(
        connection=connection,
        actor=actor,
        redirect_uri=callback_uri(),
        return_url=return_url,
        permissions=permissions,
        browser=browser,
        takes_other_account=takes_other_account,
    )


@transaction.atomic
def consent_for_service(
    *,
    service: str,
    user_id: uuid.UUID | None,
    is_admin: bool,
    actor: Actor,
    redirect_uri: str = "",
    return_url: str = "",
    permissions: Sequence[str] = (),
    takes_other_account: bool = False,
    browser: str = "",
) -> tuple[Connection, Consent]:
    """Begins the consent to a connection with a service; what is refused leaves nothing.

    The provider leads back to `redirect_uri`, or to the hub where it is empty. Raises what `open_service` and
    `start_consent` raise.
    """
    connection = open_service(service=service, user_id=user_id, is_admin=is_admin, actor=actor, permissions=permissions)
    consent = start_consent(
        connection=connection,
        actor=actor,
        redirect_uri=redirect_uri or callback_uri(),
        return_url=return_url,
        permissions=permissions,
        browser=browser,
        takes_other_account=takes_other_account,
    )
    return connection, consent
