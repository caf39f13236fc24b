"""The definitions that come with the hub, and bringing them into the catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from django.db import connection

from catalog.definition import DefinitionInvalidError, parse, to_json
from catalog.definition.merging import leaves, merge, patch_between
from catalog.models import Provider
from catalog.services.columns import WRITTEN, fill
from catalog.services.providers import hub_transaction
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids

DEFINITIONS = Path(__file__).resolve().parents[1] / "definitions"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('catalog.sync'))"


@dataclass(frozen=True, slots=True)
class Change:
    """What a sync does to a provider: each field from what to what, and what stays because a super admin set it."""

    provider: str
    kind: Literal["added", "updated", "withdrawn", "refused"]
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


@lru_cache(maxsize=1)
def shipped_definitions() -> dict[str, dict[str, Any]]:
    """The definitions in the hub's files, by identifier. Raises DefinitionInvalidError, which names the file."""
    found = {}
    for path in sorted(DEFINITIONS.glob("*.yaml")):
        try:
            definition = parse(yaml.safe_load(path.read_text("utf-8")))
        except DefinitionInvalidError as error:
            raise DefinitionInvalidError(f"{path.name}: {error.message}", details=error.details) from None
        found[definition.provider] = to_json(definition)
    return found


def sync_catalog(*, actor: Actor, dry_run: bool = False) -> Sequence[Change]:
    """Brings the shipped definitions into the catalog and tells what that changed; done again it changes nothing.

    What a super admin changed stays changed. Where that no longer goes with the new definition, the provider stays as
    it is and the change says why. A provider that is shipped no longer becomes one of the super admin's own. With
    `dry_run` nothing is written.
    """
    shipped = shipped_definitions()
    with hub_transaction():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        rows = {row.provider: row for row in Provider.objects.select_for_update()}
        planned = [_plan(name, rows.get(name), definition) for name, definition in shipped.items()]
        planned += [_withdrawn(row) for name, row in rows.items() if row.is_shipped and name not in shipped]
        changes = [(row, change) for row, change in planned if change]
        if not dry_run:
            _write([(row, change) for row, change in changes if change.kind != "refused"], actor)
    return [change for _, change in changes]


def _plan(name: str, row: Provider | None, shipped: dict[str, Any]) -> tuple[Provider, Change | None]:
    """The row as it is to be, and what that changes; None where it is that already."""
    if row is None:
        row = Provider(id=ids.new_id(), shipped=shipped)
        fill(row, parse(shipped))
        return row, Change(name, "added")
    if row.shipped == shipped:
        return row, None
    before = row.definition
    own = row.changed if row.is_shipped else patch_between(shipped, before)
    try:
        definition = parse(merge(shipped, own))
    except DefinitionInvalidError as error:
        return row, Change(name, "refused", kept=leaves(own), problem=error.message)
    row.shipped = shipped
    fill(row, definition)
    return row, Change(name, "updated", fields=_differences(before, row.definition), kept=leaves(row.changed))


def _withdrawn(row: Provider) -> tuple[Provider, Change | None]:
    row.shipped, row.changed = None, {}
    return row, Change(row.provider, "withdrawn")


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    old = leaves(patch_between(after, before))
    new = leaves(patch_between(before, after))
    return {path: (old.get(path), new.get(path)) for path in sorted({*old, *new})}


def _write(changes: Sequence[tuple[Provider, Change]], actor: Actor) -> None:
    if not changes:
        return
    told = {change.provider: change.kind for _, change in changes}
    announce(action="catalog.synced", actor=actor, subject="catalog", data={"providers": told})
    for row, change in changes:
        if change.kind == "added":
            row.save(force_insert=True)
        else:
            row.save(update_fields=WRITTEN)
