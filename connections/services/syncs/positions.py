"""In which list a position counts, and for how long: it leads nowhere once the list is another."""

import re

import msgspec
from django.db import transaction

from catalog.services.providers import definition_of
from connections.models import Connection, QuarantinedRecord, SyncStep
from connections.sdk.declarative.progress import fingerprint
from connections.services.connection_settings import OF_THE_HUB
from connections.services.syncs.interrupted import is_late, is_outdated
from connections.services.syncs.leasing import Lease

_SETTING = re.compile(rb"\{settings\.(\w+)\}")
# What an entity says of its records, not of its list.
_OF_RECORDS = ("label", "fields", "title", "searchable", "date", "search")
_ANEW = "It was begun anew: the provider's list is asked for otherwise than when it was begun"
_TOO_OLD = "It was begun anew: it had stopped so long before that its place in the vendor's list is none any more"
_LATE = (
    "Deletions were not looked for: this goes on where it had stopped a while before, and the vendor's list may have "
    "moved meanwhile"
)


def keep_or_begin_anew(step: SyncStep, lease: Lease, *, connection: Connection) -> None:
    """Has the step keep its position, or begin anew where that is outdated, or one of a list asked for otherwise.

    One of before the hub knew how is kept. What was stored stays, and so does the number of deletions; the rest is
    counted anew. A full step that goes on late forgets what it met, so that it finds nothing gone, and `goes_on`.
    Raises LeaseLostError.
    """
    asked = _asked(step.entity, connection)
    if step.cursor is not None and step.asked not in ("", asked):
        _begin_anew(step, lease, _ANEW)
    elif is_outdated(step):
        _begin_anew(step, lease, _TOO_OLD)
    elif step.is_full and is_late(step):
        _go_on_late(step, lease)
    step.asked = asked  # stored with the first page


@transaction.atomic
def _begin_anew(step: SyncStep, lease: Lease, why: str) -> None:
    lease.hold()
    step.cursor = step.positioned_at = step.watermark = step.estimate = None
    step.goes_on = False
    step.page = step.processed = step.synced = step.unchanged = step.errors = 0
    step.notices = [why]
    step.seen.all().delete()
    QuarantinedRecord.objects.filter(step=step).delete()
    step.save()


@transaction.atomic
def _go_on_late(step: SyncStep, lease: Lease) -> None:
    lease.hold()
    step.goes_on = True
    if step.seen.exists():
        step.seen.all().delete()
        step.notices = [*step.notices, _LATE]
    step.save(update_fields=["goes_on", "notices", "updated_at"])


def _asked(entity: str, connection: Connection) -> str:
    """A hash of the address, of what the definition says of the list, and of the settings that these name.

    A connector of its own may ask by any setting.
    """
    definition = definition_of(connection.integration.provider)
    told = msgspec.to_builtins(definition.entity(entity))
    base = definition.connection.base_url if definition.connection else ""
    text = msgspec.json.encode([base, {name: told[name] for name in told if name not in _OF_RECORDS}], order="sorted")
    settings = connection.integration.settings | connection.settings
    own = set(settings) - OF_THE_HUB if definition.connector else set()
    named = {name: settings.get(name) for name in own | {each.decode() for each in _SETTING.findall(text)}}
    return fingerprint(text, msgspec.json.encode(named, order="sorted"))
