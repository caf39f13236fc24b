"""Whether a full reading has met everything that the vendor has: only then is what it did not meet gone."""

from django.db import connection

from connections.models import QuarantinedRecord, SyncStep

_MET = """
SELECT count(DISTINCT external_id)
FROM connections_seenrecords CROSS JOIN LATERAL unnest(external_ids) AS met(external_id) WHERE step_id = %s
"""


def doubt_of(step: SyncStep, *, remembers: bool) -> str:
    """Why a record that was not met may be there all the same; nothing where it cannot.

    A page that the vendor sends twice in the place of another is met once: what counts are different records. A step
    that `remembers` none began without any, so that it can find none gone.
    """
    if QuarantinedRecord.objects.filter(step=step, external_id="").exists():
        return "a record came without an id that serves, and may be any of them"
    if step.estimate is None:
        return ""
    met = _met(step) if remembers and step.processed >= step.estimate else step.processed
    if met >= step.estimate:
        return ""
    return f"the vendor says that there are {step.estimate} records, and {met} different ones came"


def _met(step: SyncStep) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_MET, [step.pk])
        return int(cursor.fetchone()[0])
