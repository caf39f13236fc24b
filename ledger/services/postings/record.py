"""The record of a posting, and the case's state with it."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

from integrations_site.kernel import clock
from integrations_site.tenancy.database.statements import array, send
from ledger.models import CaseStatus, System
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import CaseKey, PostableCase, status_after
from ledger.services.postings.procedure import Stamp
from notifications.services.events import publish, publish_all

_POSTINGS = """
INSERT INTO ledger_posting (id, tenant_id, created_at, updated_at, case_id, system, status, result, posted_by,
    posted_at, reversed_by)
SELECT posting.id, %(tenant)s, %(at)s, %(at)s, %(case)s, posting.system, 'posted', posting.result::jsonb, %(by)s,
    %(at)s, ''
FROM unnest(%(ids)s::uuid[], %(systems)s::text[], %(results)s::text[]) AS posting(id, system, result)
"""

_POSTINGS_AND_CASE = f"""
WITH posting AS ({_POSTINGS})
UPDATE ledger_case
SET status = %(status)s, exchange_rate = %(rate)s, updated_at = %(at)s,
    review = CASE WHEN %(keeps_review)s THEN review END
WHERE id = %(case)s
"""  # noqa: S608 - made of constants


def send_records(case: PostableCase, answers: Mapping[System, Answer], stamps: Mapping[System, Stamp]) -> None:
    """Writes the postings of a case, and where they leave it. There is at least one; they share time and actor.

    The exchange rate of the first posting stays while anything of the case is posted. A case that stays as it is, is
    not written.
    """
    stamp = next(iter(stamps.values()))
    postings = {
        "tenant": case.tenant_id,
        "case": case.id,
        "at": stamp.at,
        "by": stamp.actor.id,
        "ids": array(stamps[system].posting_id for system in answers),
        "systems": array(system.value for system in answers),
        "results": array(orjson.dumps(numbers(answer.body())).decode() for answer in answers.values()),
    }
    status = status_after(case.status, {*case.systems, *(system.value for system in answers)})
    rate = None if case.currency == case.book_currency else case.rate
    if (status, rate) == (case.status, case.frozen_rate):
        send(_POSTINGS, postings)
    else:
        keeps_review = status is CaseStatus.NEEDS_REVIEW
        changes = {"status": status.value, "rate": rate, "keeps_review": keeps_review}
        send(_POSTINGS_AND_CASE, postings | changes)


def publish_successes(key: CaseKey, answers: Mapping[System, Answer], *, at: dt.datetime) -> None:
    """Publishes that systems have posted a case."""
    told = {f"integration.{system.value}.success": answer.figures() for system, answer in answers.items()}
    publish_all(
        subject=key.public_id, events={type: _payload(type, key, figures, at) for type, figures in told.items()}
    )


def publish_outcome(type: str, key: CaseKey, figures: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Publishes what became of a posting or a rollback."""
    publish(type=type, subject=key.public_id, payload=_payload(type, key, figures, at))


def _payload(type: str, key: CaseKey, figures: Mapping[str, Any], at: dt.datetime) -> dict[str, Any]:
    """In the form of document 000."""
    return {"event": type, "case_id": key.public_id, **numbers(figures), "timestamp": clock.iso(at)}


def numbers(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures with JSON numbers in place of decimals."""
    return {name: _number(value) if isinstance(value, Decimal) else value for name, value in figures.items()}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
