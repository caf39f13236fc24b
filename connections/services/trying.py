"""Trying a provider's definition with real credentials: its first page, and what the mapping makes of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from catalog.definition import Entity, ProviderDefinition
from catalog.models import Provider
from catalog.services.providers import definition_of, hub_transaction
from connections.sdk.errors import VendorError
from connections.sdk.fetching import FetchRequest, Page, RawRecord
from connections.services.credential_forms import checked_for_trial
from connections.services.mapping import FieldError, compile_mapping
from connections.services.mapping import Mapping as Mapper
from connections.services.testing import trial_connector
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import InvalidInputError

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRecord:
    """A record as the provider sent it, and mapped, both as JSON; or which field did not fit, and why."""

    external_id: str
    raw: bytes
    data: bytes | None = None
    field: str = ""
    problem: str = ""

    @property
    def shown(self) -> str:
        """What came, as JSON that people read."""
        return msgspec.json.format(self.raw, indent=2).decode(errors="replace")

    @property
    def mapped(self) -> dict[str, Any]:
        """What was made of it, by field."""
        return dict(msgspec.json.decode(self.data)) if self.data is not None else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The first page. `has_more`: the paging leads on; `total` is what the provider says there is, if it does.

    Where the provider refused, `error` is its code or kind and `message` says why.
    """

    success: bool
    entity: str
    message: str
    error: str | None = None
    response_time: int
    records: tuple[TriedRecord, ...] = ()
    count: int = 0
    has_more: bool = False
    total: int | None = None


def try_provider(
    *,
    provider: Provider,
    entity: str,
    credentials: Mapping[str, Any],
    settings: Mapping[str, Any],
    actor: Actor,
) -> Trial:
    """Reads the first page of a data type and maps it. Nothing is kept but the audit entry.

    Credentials are by the names of the provider's fields; for OAuth 2 it is `{"accessToken": …}`. Raises
    InvalidInputError where the definition has no such data type, and InvalidCredentialsError.
    """
    definition = definition_of(provider)
    described, secret = _entity(definition, entity), checked_for_trial(definition, credentials)
    with hub_transaction():
        told = {"provider": provider.provider, "entity": entity}
        announce(action="provider.tried", actor=actor, subject=provider.public_id, data=told)
    started = time.monotonic()
    try:
        connector = trial_connector(definition, secret=secret, settings=settings)
        page = next(iter(connector.fetch(FetchRequest(entity))), Page(()))
    except VendorError as error:
        return Trial(
            success=False,
            entity=entity,
            message=error.message,
            error=error.code or type(error).__name__,
            response_time=_since(started),
        )
    return _told(entity, page, compile_mapping(described), _since(started))


def _entity(definition: ProviderDefinition, name: str) -> Entity:
    found = definition.entity(name)
    if found is None:
        listed = ", ".join(entity.name for entity in definition.entities) or "none"
        message = f"There is no data type {name} in the provider's connection; there are {listed}"
        raise InvalidInputError(message, details={"fields": {"entity": [f"{message}."]}})
    return found


def _told(entity: str, page: Page, mapper: Mapper, milliseconds: int) -> Trial:
    shown = tuple(_tried(record, mapper) for record in page.records[:_MOST_SHOWN])
    wrong = sum(1 for record in shown if record.problem)
    fitting = "every one of them fits the mapping" if not wrong else f"{wrong} of them do not fit the mapping"
    return Trial(
        success=not wrong,
        entity=entity,
        message=f"{len(page.records)} records came, {len(shown)} are shown, {fitting}",
        error="MAPPING_FAILED" if wrong else None,
        response_time=milliseconds,
        records=shown,
        count=len(page.records),
        has_more=page.cursor is not None,
        total=page.total,
    )


def _tried(record: RawRecord, mapper: Mapper) -> TriedRecord:
    tried = TriedRecord(external_id=record.external_id, raw=record.raw)
    try:
        return replace(tried, data=mapper(record.raw).data)
    except FieldError as error:
        return replace(tried, field=error.field, problem=error.reason)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
