"""The record of a posting, and the case's state with it."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations_site.kernel import clock
from integrations_site.tenancy.database.statements import send
from ledger.models import CaseStatus, System
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import CaseKey, PostableCase, status_after
from ledger.services.postings.procedure import Stamp
from notifications.services.events import publish

_POSTINGS = """
INSERT INTO ledger_posting (id, tenant_id, created_at, updated_at, case_id, system, status, result, posted_by,
    posted_at, reversed_by)
SELECT posting.id, %(tenant)s, %(at)s, %(at)s, %(case)s, posting.system, 'posted', posting.result::jsonb, %(by)s,
    %(at)s, ''
FROM unnest(%(ids)b::uuid[], %(systems)b::text[], %(results)b::text[]) AS posting(id, system, result)
"""

_CASE = """
UPDATE ledger_case
SET status = %(status)s, exchange_rate = %(rate)s, updated_at = %(at)s,
    review = CASE WHEN %(keeps_review)s THEN review END
WHERE id = %(case)s
"""


def send_records(case: PostableCase, answers: Mapping[System, Answer], stamps: Mapping[System, Stamp]) -> None:
    """Writes the postings of a case, and where they leave it. There is at least one; they share time and actor."""
    stamp = next(iter(stamps.values()))
    key = {"tenant": case.tenant_id, "case": case.id, "at": stamp.at}
    send(
        _POSTINGS,
        key
        | {
            "by": stamp.actor.id,
            "ids": [stamps[system].posting_id for system in answers],
            "systems": [system.value for system in answers],
            "results": [json.dumps(numbers(answer.body())) for answer in answers.values()],
        },
    )
    _send_case(case, {*case.systems, *(system.value for system in answers)}, key)


def _send_case(case: PostableCase, systems: set[str], key: dict[str, Any]) -> None:
    """The rate of the first posting stays while anything of the case is posted. What does not change is not written."""
    status = status_after(case.status, systems)
    rate = None if case.currency == case.book_currency else case.rate
    if (status, rate) != (case.status, case.frozen_rate):
        keeps_review = status is CaseStatus.NEEDS_REVIEW
        send(_CASE, key | {"status": status.value, "rate": rate, "keeps_review": keeps_review})


def publish_outcome(type: str, key: CaseKey, figures: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Publishes what became of a posting or a rollback, in the form of document 000."""
    payload = {"event": type, "case_id": key.public_id, **numbers(figures), "timestamp": clock.iso(at)}
    publish(type=type, subject=key.public_id, payload=payload)


def numbers(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures with JSON numbers in place of decimals."""
    return {name: _number(value) if isinstance(value, Decimal) else value for name, value in figures.items()}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
