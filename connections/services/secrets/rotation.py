"""Sealing everything anew with the first key, while the hub works; after that the other keys open nothing.

Rows are changed one by one, each only if it still holds what was read: what is written meanwhile is left alone (it was
sealed with the first key, where every process has it) and looked at again in the next round. Readers need both keys
as long as this runs, so no read fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, transaction

from catalog.models import Provider
from connections.models import Credential, Integration, OAuthAttempt
from integrations_site.api.models import IdempotencyKey
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.crypto import SecretBox, SecretUnreadableError
from integrations_site.tenancy import scope
from notifications.models import WebhookEndpoint

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column with sealed texts (or their bytes), and what each is bound to."""

    model: type[models.Model]
    column: str
    owner: Callable[[Any], str]

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.column}"


@dataclass(slots=True)
class Rotation:
    """What came of it: rows sealed anew by column, and those that no key opens, by column."""

    sealed: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, list[str]] = field(default_factory=dict)
    remaining: int = 0


def _row(row: Any) -> str:
    return f"{row.tenant_id}:{row.id}"


COLUMNS = (
    SealedColumn(Credential, "sealed", _row),
    SealedColumn(OAuthAttempt, "sealed_verifier", _row),
    SealedColumn(OAuthAttempt, "sealed_answer", _row),
    SealedColumn(Integration, "sealed_client_secret", _row),
    SealedColumn(WebhookEndpoint, "sealed_secret", _row),
    SealedColumn(WebhookEndpoint, "sealed_previous_secret", _row),
    SealedColumn(Provider, "sealed_client_secret", lambda row: f"{row.public_id}:client_secret"),
    SealedColumn(Provider, "sealed_webhook_secret", lambda row: f"{row.public_id}:webhook_secret"),
    SealedColumn(IdempotencyKey, "body", lambda row: f"{row.tenant_id}:{row.caller}:{row.key}"),
)


def rotate_keys(*, actor: Actor, batch: int = 200) -> Rotation:
    """Seals every stored secret of every tenant with the first of ENCRYPTION_KEYS, `batch` rows a transaction.

    It may be stopped anywhere and started again. `remaining` counts what other keys still open (none, unless somebody
    seals with them all the while).
    """
    box, done = SecretBox(settings.ENCRYPTION_KEYS), Rotation()
    with scope.all_tenants():
        for column in COLUMNS:
            for _ in range(_ROUNDS):
                _rotate(column, box, actor, batch, done)
                if not _left(column, box, done):
                    break
            done.remaining += _left(column, box, done)
    return done


def _rotate(column: SealedColumn, box: SecretBox, actor: Actor, batch: int, done: Rotation) -> None:
    for rows in _batches(column, box, batch):
        with transaction.atomic():
            announce(action="keys.rotated", actor=actor, data={"column": str(column), "rows": len(rows)})
            for row in rows:
                _reseal(column, row, box, done)


def _reseal(column: SealedColumn, row: Any, box: SecretBox, done: Rotation) -> None:
    stored, name = getattr(row, column.column), str(column)
    owner = column.owner(row)
    try:
        anew = box.seal(box.open(_text(stored), owner=owner), owner=owner)
    except SecretUnreadableError:
        unreadable = done.unreadable.setdefault(name, [])
        unreadable.extend([str(row.pk)] if str(row.pk) not in unreadable else [])
        return
    replacement = anew.encode() if not isinstance(stored, str) else anew
    unchanged = column.model._default_manager.filter(pk=row.pk, **{column.column: stored})
    done.sealed[name] = done.sealed.get(name, 0) + unchanged.update(**{column.column: replacement})


def _batches(column: SealedColumn, box: SecretBox, size: int) -> Iterator[list[Any]]:
    last = None
    while True:
        others = _others(column, box)
        rows = list((others.filter(pk__gt=last) if last else others).order_by("pk")[:size])
        if not rows:
            return
        yield rows
        last = rows[-1].pk


def _others(column: SealedColumn, box: SecretBox) -> models.QuerySet[Any]:
    """Rows sealed with another key than the first."""
    prefix = f"{box.key_id}:"
    found: models.QuerySet[Any] = column.model._default_manager.all()
    if isinstance(column.model._meta.get_field(column.column), models.BinaryField):
        bytea = models.BinaryField()
        start = models.Func(models.F(column.column), 1, len(prefix), function="substr", output_field=bytea)
        found = found.annotate(start=start).exclude(start=prefix.encode())
        return found.exclude(**{column.column: b""})
    return found.exclude(**{column.column: ""}).exclude(**{f"{column.column}__startswith": prefix})


def _left(column: SealedColumn, box: SecretBox, done: Rotation) -> int:
    return _others(column, box).count() - len(done.unreadable.get(str(column), ()))


def _text(stored: str | bytes | memoryview) -> str:
    return stored if isinstance(stored, str) else bytes(stored).decode("latin-1")
