"""Bringing secrets to the store that CREDENTIAL_STORE names, and removing what no credential refers to.

A new place is noted, then written, then the credential refers to it, then what it referred to before is removed:
killed anywhere, or with a store that does not answer, every credential can be read, and the next sweep goes on. So it
does when the setting has changed: the secrets move, and the store that was left holds none.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from connections.models import Credential, OutsideSecret
from connections.services.errors import NotConnectedError, SecretStoreUnavailableError
from connections.services.secrets.keeping import plain, sealed
from connections.services.secrets.stores import OUTSIDE, outside
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import ids
from integrations_site.kernel.crypto import SecretUnreadableError
from integrations_site.tenancy import scope

# One process places secrets at a time: whatever else is noted and unused is then left over from one that died.
_LOCK = 0x6875627365637274
_AT_ONCE = 2_000
# So many more refusals than successes, and the store is taken for one that is away.
_PATIENCE = 2
_logger = logging.getLogger(__name__)
RowT = TypeVar("RowT", bound=Model)


@dataclass(slots=True)
class Placement:
    """Credentials that moved, places that were emptied, and how many of both still wait."""

    moved: int = 0
    emptied: int = 0
    waiting: int = 0


def place_secrets() -> Placement:
    """Moves every credential that is not where CREDENTIAL_STORE says, and empties places that are not used.

    What cannot be read stays where it is. Some thousands at a time; `waiting` says how many are left. Where another
    process is at it, nothing is done. Not called inside a transaction. Raises SecretStoreUnavailableError once all that
    could be done is done, or at once where the store takes nothing at all.
    """
    done = Placement()
    with scope.all_tenants(), _alone() as is_alone:
        if is_alone:
            done.emptied += _each(_empty, _unused())
            done.moved += _each(_move, _misplaced())
            done.emptied += _each(_empty, _unused())
        done.waiting = _misplaced().count() + _unused().count()
    return done


def _each(act: Callable[[RowT], bool], rows: QuerySet[RowT]) -> int:
    """How many of the rows it was done with. One that a store refuses keeps no other waiting, several do."""
    done, failures = 0, list[SecretStoreUnavailableError]()
    for row in rows.order_by("pk")[:_AT_ONCE]:
        try:
            done += act(row)
        except SecretStoreUnavailableError as error:
            failures.append(error)
            if len(failures) > done + _PATIENCE:
                break
    if failures:
        raise failures[0]
    return done


def _misplaced() -> QuerySet[Credential]:
    """Credentials that are not where the setting says."""
    found = Credential.objects.select_related("connection")
    return found.exclude(sealed="") if settings.CREDENTIAL_STORE in OUTSIDE else found.exclude(location="")


def _unused() -> QuerySet[OutsideSecret]:
    return OutsideSecret.objects.exclude(Exists(Credential.objects.filter(location=OuterRef("location"))))


def _empty(place: OutsideSecret) -> bool:
    outside(place.store).drop(place.location)
    with transaction.atomic():
        announce(action="credential.place_emptied", actor=HUB, subject=place.public_id)
        place.delete()
    return True


def _move(credential: Credential) -> bool:
    """Whether the credential is now where it should be; not, where it changed meanwhile or cannot be read."""
    try:
        text = plain(credential)
    except (NotConnectedError, SecretUnreadableError) as error:
        _logger.error("The secret of %s stays where it is: %s", credential.public_id, error.message)
        return False
    if settings.CREDENTIAL_STORE not in OUTSIDE:
        return _refer(credential, store=Credential.Store.DATABASE, sealed=sealed(credential, text), location="")
    location = _noted(credential)
    outside(settings.CREDENTIAL_STORE).put(location, text)
    return _refer(credential, store=settings.CREDENTIAL_STORE, sealed="", location=location)


@transaction.atomic
def _noted(credential: Credential) -> str:
    """A new place, noted before anything is written there."""
    location = f"{credential.name}/{ids.new_id().hex}"
    announce(action="credential.place_noted", actor=HUB, subject=credential.public_id)
    OutsideSecret.objects.create(tenant_id=credential.tenant_id, store=settings.CREDENTIAL_STORE, location=location)
    return location


@transaction.atomic
def _refer(credential: Credential, **place: str) -> bool:
    """Has the credential refer to its new place, unless another secret was written meanwhile."""
    data = {"connection": credential.connection.public_id, "store": place["store"]}
    announce(action="credential.moved", actor=HUB, subject=credential.public_id, data=data)
    unchanged = Credential.objects.filter(
        pk=credential.pk, version=credential.version, sealed=credential.sealed, location=credential.location
    )
    return bool(unchanged.update(**place))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process is inside such a block; the lock goes with the session."""
    is_alone = _asked("SELECT pg_try_advisory_lock(%s)")
    try:
        yield is_alone
    finally:
        if is_alone:
            _asked("SELECT pg_advisory_unlock(%s)")


def _asked(statement: str) -> bool:
    with database.cursor() as cursor:
        cursor.execute(statement, [_LOCK])
        return cast(bool, cursor.fetchone()[0])
