"""Storing, reading and dropping the secret of a connection."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from connections.models import Connection, Credential
from connections.services.errors import NotConnectedError
from connections.services.secrets.stores import store_of
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import acting


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret on its way into the database: its row as it will be."""

    credential: Credential
    sealed: str = field(repr=False)


def store_secret(connection: Connection, secret: Mapping[str, Any]) -> Credential:
    """Keeps a secret (a JSON object) in place of the one before.

    With AWS as the store it goes over the network: then it is not called inside a transaction, but `seal_secret` before
    and `write_secret` inside it. Raises SecretStoreUnavailableError.
    """
    sealed = seal_secret(connection, secret)
    with transaction.atomic():
        return write_secret(sealed)


def seal_secret(connection: Connection, secret: Mapping[str, Any]) -> SealedSecret:
    """The first half of storing: all but the row. The connection need not be saved yet."""
    credential = Credential.objects.filter(connection_id=connection.pk).first() or Credential(
        tenant_id=connection.tenant_id,
        connection=connection,
        name=f"hub/{connection.tenant_id}/{connection.public_id}",
        version=0,
    )
    credential.store = settings.CREDENTIAL_STORE
    return SealedSecret(credential, store_of(credential).put(credential, json.dumps(dict(secret))))


def write_secret(secret: SealedSecret) -> Credential:
    """The second half: the row, in the caller's transaction. Whatever exchange was under way is over."""
    credential = secret.credential
    announce(
        action="credential.stored",
        actor=_who(),
        subject=credential.public_id,
        data={"connection": credential.connection.public_id, "store": credential.store},
    )
    credential.sealed = secret.sealed
    credential.version += 1
    credential.exchange_started_at = credential.cooldown_until = None
    credential.save()
    return credential


def read_secret(connection: Connection, *, purpose: str) -> dict[str, Any]:
    """The secret, for a use that `purpose` names; the use is in the audit trail before the secret is out.

    A use is one reading: a sync reads once for its whole run, and again after its access was renewed. Raises
    NotConnectedError, SecretUnreadableError and SecretStoreUnavailableError.
    """
    credential = Credential.objects.filter(connection_id=connection.pk).first()
    if credential is None:
        raise NotConnectedError("There is no credential; connect the account first")
    with transaction.atomic():
        announce(
            action="credential.used",
            actor=_who(),
            subject=credential.public_id,
            data={"connection": connection.public_id, "purpose": purpose},
        )
    return opened(credential)


def opened(credential: Credential) -> dict[str, Any]:
    """What a row's secret says; for the renewal of access, which announces itself."""
    found: dict[str, Any] = json.loads(store_of(credential).get(credential))
    return found


def drop_secret(connection: Connection) -> None:
    """Forgets the secret for good, here and in the store; nothing happens where there is none.

    With AWS as the store it is not called inside a transaction. Raises SecretStoreUnavailableError.
    """
    credential = Credential.objects.filter(connection_id=connection.pk).first()
    if credential is None:
        return
    store_of(credential).drop(credential)
    with transaction.atomic():
        announce(
            action="credential.dropped",
            actor=_who(),
            subject=credential.public_id,
            data={"connection": connection.public_id},
        )
        credential.delete()


def _who() -> Actor:
    """Who makes the request or started the task; the hub itself where nobody did."""
    return Actor(acting.current()) if acting.current() else HUB
