"""What a vendor has and does not show: a full reading that does not meet it has not found it gone."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from connections.models import Connection, SyncStep
from integrations_site.kernel import clock, ids
from integrations_site.tenancy import scope

# The beginnings are of one length, so that each record is looked up once, however many there are.
_REMEMBER = """
INSERT INTO connections_seenrecords (id, tenant_id, created_at, updated_at, step_id, external_ids)
SELECT %(id)s, %(tenant)s, %(now)s, %(now)s, %(step)s, array_agg(external_id) FROM connections_record
WHERE connection_id = %(connection)s AND entity = %(entity)s AND deleted_at IS NULL
    AND left(external_id, %(length)s) = ANY(%(beginnings)s)
HAVING count(*) > 0
"""


def remember_kept_back(owner: Connection, step: SyncStep, beginnings: Iterable[str]) -> None:
    """Has the records whose ids begin so count as met by the step, in the caller's transaction."""
    of_length: dict[int, set[str]] = {}
    for beginning in beginnings:
        of_length.setdefault(len(beginning), set()).add(beginning)
    about: dict[str, Any] = {
        "tenant": scope.tenant_id(),
        "connection": owner.pk,
        "entity": step.entity,
        "step": step.pk,
    }
    for length, alike in of_length.items():
        more = {"id": ids.new_id(), "now": clock.now(), "length": length, "beginnings": sorted(alike)}
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, about | more)
