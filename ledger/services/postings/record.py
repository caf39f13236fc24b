"""The record of a posting, and the case's state with it."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids
from integrations_site.tenancy.database.statements import send
from ledger.models import System
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import CaseKey, PostableCase, status_after
from notifications.services.events import publish

# The exchange rate of the first posting stays while anything of the case is posted.
_RECORD = """
WITH recorded AS (
    INSERT INTO ledger_posting (id, tenant_id, created_at, updated_at, case_id, system, status, result, posted_by,
        posted_at, reversed_by)
    VALUES (%(id)s, %(tenant)s, %(at)s, %(at)s, %(case)s, %(system)s, 'posted', %(result)s, %(by)s, %(at)s, '')
)
UPDATE ledger_case
SET status = %(status)s::text, exchange_rate = %(rate)s::numeric, updated_at = %(at)s,
    review = CASE WHEN %(status)s::text = 'needs_review' THEN review END
WHERE id = %(case)s AND tenant_id = %(tenant)s
    AND (status <> %(status)s::text OR exchange_rate IS DISTINCT FROM %(rate)s::numeric)
"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Under which posting, when and by whom rows are written."""

    posting_id: uuid.UUID
    at: dt.datetime
    actor: Actor


def new_stamp(actor: Actor) -> Stamp:
    """The stamp of a posting that is about to be written."""
    return Stamp(posting_id=ids.new_id(), at=clock.now(), actor=actor)


def send_record(case: PostableCase, system: System, answer: Answer, stamp: Stamp) -> None:
    """Writes the posting, and where it leaves the case."""
    send(
        _RECORD,
        {
            "id": stamp.posting_id,
            "tenant": case.tenant_id,
            "case": case.id,
            "system": system.value,
            "result": json.dumps(numbers(answer.body())),
            "by": stamp.actor.id,
            "at": stamp.at,
            "status": status_after(case.status, {*case.systems, system.value}).value,
            "rate": None if case.currency == case.book_currency else case.rate,
        },
    )


def publish_outcome(type: str, key: CaseKey, figures: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Publishes what became of a posting or a rollback, in the form of document 000."""
    payload = {"event": type, "case_id": key.public_id, **numbers(figures), "timestamp": clock.iso(at)}
    publish(type=type, subject=key.public_id, payload=payload)


def numbers(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures with JSON numbers in place of decimals."""
    return {name: _number(value) if isinstance(value, Decimal) else value for name, value in figures.items()}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
