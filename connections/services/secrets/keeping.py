"""Storing, reading and dropping the secret of a connection.

Writing and dropping are changes of rows, in the transaction of whatever makes them right: what is refused or rolled
back has changed nothing anywhere. A store outside the database follows after commit (`placing`).
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from connections.models import Connection, Credential
from connections.services.errors import NotConnectedError
from connections.services.secrets.stores import OUTSIDE, outside
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import acting
from integrations_site.kernel.crypto import SecretBox
from notifications.services.waking import wake_after_commit

PLACE_SECRETS = "connections.place_secrets"


@transaction.atomic
def store_secret(connection: Connection, secret: Mapping[str, Any]) -> Credential:
    """Keeps a secret (a JSON object) in place of the one before; whatever exchange was under way is over."""
    credential = _locked(connection) or Credential(
        tenant_id=connection.tenant_id,
        connection=connection,
        name=f"hub/{connection.tenant_id}/{connection.public_id}",
        version=0,
    )
    announce(
        action="credential.stored",
        actor=_who(),
        subject=credential.public_id,
        data={"connection": connection.public_id},
    )
    credential.sealed = sealed(credential, json.dumps(dict(secret)))
    credential.store, credential.location = Credential.Store.DATABASE, ""
    credential.version += 1
    credential.exchange_started_at = credential.cooldown_until = None
    credential.save()
    _have_placed(is_needed=settings.CREDENTIAL_STORE in OUTSIDE)
    return credential


def read_secret(connection: Connection, *, purpose: str) -> dict[str, Any]:
    """The secret, for a use that `purpose` names; the use is in the audit trail before the secret is out.

    A use is one reading: a sync reads once for its whole run, and again after its access was renewed. Raises
    NotConnectedError, SecretUnreadableError and SecretStoreUnavailableError.
    """
    credential = Credential.objects.filter(connection_id=connection.pk).first()
    if credential is None:
        raise NotConnectedError("There is no credential; connect the account first")
    announce_use(credential, connection, purpose=purpose)
    return opened(credential)


@transaction.atomic
def announce_use(credential: Credential, connection: Connection, *, purpose: str) -> None:
    """Has the audit trail say what the secret is used for, before it is out."""
    announce(
        action="credential.used",
        actor=_who(),
        subject=credential.public_id,
        data={"connection": connection.public_id, "purpose": purpose},
    )


def opened(credential: Credential) -> dict[str, Any]:
    """What a row's secret says; for the renewal of access, which announces itself. Raises as `read_secret` does."""
    found: dict[str, Any] = json.loads(plain(credential))
    return found


def plain(credential: Credential) -> str:
    """The secret as a text: of the row, else of the store outside, which may have moved since the row was read."""
    if credential.sealed:
        return SecretBox(settings.ENCRYPTION_KEYS).open(credential.sealed, owner=_owner(credential))
    text = outside(credential.store).get(credential.location) if credential.location else None
    if text is not None:
        return text
    now = Credential.objects.filter(pk=credential.pk).first()
    if now is None or (now.sealed, now.location) == ("", credential.location):
        raise NotConnectedError("The credential is gone from where it was kept; connect the account again")
    return plain(now)


def sealed(credential: Credential, text: str) -> str:
    """A text as the row keeps it: AES-GCM with the hub's keys, bound to tenant and credential."""
    return SecretBox(settings.ENCRYPTION_KEYS).seal(text, owner=_owner(credential))


@transaction.atomic
def drop_secret(connection: Connection) -> None:
    """Forgets the secret for good; nothing happens where there is none."""
    credential = _locked(connection)
    if credential is None:
        return
    announce(
        action="credential.dropped",
        actor=_who(),
        subject=credential.public_id,
        data={"connection": connection.public_id},
    )
    _have_placed(is_needed=bool(credential.location))
    credential.delete()


def _locked(connection: Connection) -> Credential | None:
    return Credential.objects.select_for_update().filter(connection_id=connection.pk).first()


def _have_placed(*, is_needed: bool) -> None:
    """Has a worker follow with the store outside."""
    if is_needed:
        wake_after_commit(PLACE_SECRETS)


def _owner(credential: Credential) -> str:
    return f"{credential.tenant_id}:{credential.id}"


def _who() -> Actor:
    """Who makes the request or started the task; the hub itself where nobody did."""
    return Actor(acting.current()) if acting.current() else HUB
