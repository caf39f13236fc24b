"""The deliveries that are due: taking them out with a lease, and recording what came of them."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from integrations_site.kernel import clock
from notifications.models import Delivery, DeliveryAttempt
from notifications.services.delivery_rules import Verdict, judge
from notifications.services.endpoint_health import note_given_up, note_gone, note_success
from notifications.services.sending import Outgoing, Result

# Beyond the longest time that an attempt takes; then another worker may send the delivery again.
_LEASE_MARGIN_SECONDS = 45
_LONGEST_ERROR = 500

# Steps from endpoint to endpoint along the index, so that what it costs grows with the endpoints that wait and not with
# their deliveries, and takes from each as much as there is room for. Each time another endpoint may come first.
_CLAIM = """
WITH RECURSIVE waiting AS (
    (SELECT endpoint_id FROM notifications_delivery WHERE status = 'pending' ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT endpoint_id FROM notifications_delivery
            WHERE status = 'pending' AND endpoint_id > waiting.endpoint_id ORDER BY endpoint_id LIMIT 1)
    FROM waiting WHERE endpoint_id IS NOT NULL
), shuffled AS MATERIALIZED (
    SELECT endpoint.id, coalesce(known.room, %(room)s) AS room
    FROM waiting
    JOIN notifications_webhookendpoint AS endpoint ON endpoint.id = waiting.endpoint_id AND endpoint.is_active
    LEFT JOIN unnest(%(endpoints)s::uuid[], %(rooms)s::int[]) AS known (endpoint_id, room)
        ON known.endpoint_id = waiting.endpoint_id
    ORDER BY random()
), taken AS MATERIALIZED (
    SELECT due.id FROM shuffled CROSS JOIN LATERAL (
        SELECT id FROM notifications_delivery
        WHERE endpoint_id = shuffled.id AND status = 'pending' AND next_attempt_at <= %(now)s
        ORDER BY next_attempt_at LIMIT shuffled.room FOR UPDATE SKIP LOCKED) AS due
    LIMIT %(limit)s
)
UPDATE notifications_delivery SET next_attempt_at = %(leased_until)s, updated_at = %(now)s
WHERE id IN (SELECT id FROM taken) RETURNING id
"""

# A delivery whose lease has passed to somebody else is left to them.
_RECORD = """
UPDATE notifications_delivery AS delivery
SET status = result.status, attempts = result.attempt, next_attempt_at = result.next_attempt_at,
    delivered_at = result.delivered_at, updated_at = %(now)s
FROM unnest(%(ids)s::uuid[], %(leases)s::timestamptz[], %(statuses)s::text[], %(attempts)s::int[],
    %(nexts)s::timestamptz[], %(delivered)s::timestamptz[])
    AS result (id, lease, status, attempt, next_attempt_at, delivered_at)
WHERE delivery.id = result.id AND delivery.status = 'pending' AND delivery.next_attempt_at = result.lease
RETURNING delivery.id
"""


def claim(*, limit: int, room: int, rooms: Mapping[uuid.UUID, int]) -> list[Outgoing]:
    """Leases due deliveries to this worker: at most `limit`, of an endpoint as many as `rooms` says, else `room`."""
    now = clock.now()
    lease = dt.timedelta(seconds=settings.OUTGOING_TIMEOUT_SECONDS + _LEASE_MARGIN_SECONDS)
    parameters: dict[str, Any] = {
        "now": now,
        "leased_until": now + lease,
        "limit": limit,
        "room": room,
        "endpoints": list(rooms),
        "rooms": list(rooms.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, parameters)
        taken = [row[0] for row in cursor.fetchall()]
    found = Delivery.objects.filter(id__in=taken).select_related("endpoint", "event") if taken else []
    return [Outgoing.of(delivery, leased_until=now + lease) for delivery in found]


def is_anything_due() -> bool:
    """Whether a claim would find something, if nobody else holds it."""
    return Delivery.objects.filter(
        status=Delivery.Status.PENDING, next_attempt_at__lte=clock.now(), endpoint__is_active=True
    ).exists()


def record(results: Sequence[Result]) -> None:
    """Writes down what came of attempts, and what it means for their endpoints."""
    verdicts = {result.outgoing.id: _verdict(result) for result in results}
    with transaction.atomic():
        recorded = _record(results, verdicts)
        kept = [result for result in results if result.outgoing.id in recorded]
        DeliveryAttempt.objects.bulk_create([_attempt(result) for result in kept])
    for result in kept:
        _look_after_endpoint(result, verdicts[result.outgoing.id])


def _verdict(result: Result) -> Verdict:
    response = result.response
    return judge(
        attempt=result.outgoing.attempt,
        status=response.status if response else None,
        headers=response.headers if response else {},
        now=clock.now(),
    )


def _record(results: Sequence[Result], verdicts: Mapping[uuid.UUID, Verdict]) -> set[uuid.UUID]:
    now = clock.now()
    found = [verdicts[result.outgoing.id] for result in results]
    parameters: dict[str, Any] = {
        "now": now,
        "ids": [result.outgoing.id for result in results],
        "leases": [result.outgoing.leased_until for result in results],
        "statuses": [verdict.status.value for verdict in found],
        "attempts": [result.outgoing.attempt for result in results],
        "nexts": [verdict.next_attempt_at for verdict in found],
        "delivered": [now if verdict.status is Delivery.Status.DELIVERED else None for verdict in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, parameters)
        return {row[0] for row in cursor.fetchall()}


def _attempt(result: Result) -> DeliveryAttempt:
    return DeliveryAttempt(
        tenant_id=result.outgoing.endpoint.tenant_id,
        delivery_id=result.outgoing.id,
        number=result.outgoing.attempt,
        request_headers=result.request_headers,
        request_body=result.outgoing.body,
        response_status=result.response.status if result.response else None,
        response_body=result.excerpt,
        error=result.error[:_LONGEST_ERROR],
        duration_ms=result.duration_ms,
        at=result.at,
    )


def _look_after_endpoint(result: Result, verdict: Verdict) -> None:
    endpoint = result.outgoing.endpoint
    if verdict.is_gone:
        note_gone(endpoint)
    elif verdict.status is Delivery.Status.DELIVERED:
        note_success(endpoint)
    elif verdict.status is Delivery.Status.FAILED:
        note_given_up(endpoint)
