"""In which list a position counts: it leads nowhere once the list is asked for otherwise."""

import re

import msgspec
from django.db import transaction

from catalog.services.providers import definition_of
from connections.models import Connection, QuarantinedRecord, SyncStep
from connections.sdk.declarative.progress import fingerprint
from connections.services.syncs.leasing import Lease

_SETTING = re.compile(rb"\{settings\.(\w+)\}")
# What an entity says of its records, not of its list.
_OF_RECORDS = ("label", "fields", "title", "searchable", "date", "search")
_ANEW = "It was begun anew: the provider's list is asked for otherwise than when it was begun"


def keep_or_begin_anew(step: SyncStep, lease: Lease, *, connection: Connection) -> None:
    """Has the step keep its position, or begin anew where that is one of a list that was asked for otherwise.

    One of before the hub knew how is kept. What was stored stays, and so does the number of deletions; the rest is
    counted anew. Raises LeaseLostError.
    """
    asked = _asked(step.entity, connection)
    if step.cursor is not None and step.asked not in ("", asked):
        _begin_anew(step, lease)
    step.asked = asked  # stored with the first page


@transaction.atomic
def _begin_anew(step: SyncStep, lease: Lease) -> None:
    lease.hold()
    step.cursor = step.watermark = step.estimate = None
    step.goes_on = False
    step.page = step.processed = step.synced = step.unchanged = step.errors = 0
    step.notices = [_ANEW]
    step.seen.all().delete()
    QuarantinedRecord.objects.filter(step=step).delete()
    step.save()


def _asked(entity: str, connection: Connection) -> str:
    """A hash of the address, of what the definition says of the list, and of the settings that these name."""
    definition = definition_of(connection.integration.provider)
    told = msgspec.to_builtins(definition.entity(entity))
    base = definition.connection.base_url if definition.connection else ""
    text = msgspec.json.encode([base, {name: told[name] for name in told if name not in _OF_RECORDS}], order="sorted")
    settings = connection.integration.settings | connection.settings
    named = [settings.get(name.decode()) for name in sorted(set(_SETTING.findall(text)))]
    return fingerprint(text, msgspec.json.encode(named, order="sorted"))
