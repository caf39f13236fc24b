"""What happened to integrations, for people to see."""

import uuid
from collections.abc import Mapping
from typing import Any

from connections.models import Activity, Connection, Integration
from integrations_site.kernel import clock
from integrations_site.tenancy.database.statements import insert


def record_activity(
    *,
    integration: Integration,
    type: Activity.Type,
    status: Activity.Status,
    connection: Connection | None = None,
    run: uuid.UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> Activity:
    """Notes something that was done with an integration, in the caller's transaction. `details` hold no secret."""
    activity = Activity(
        integration=integration,
        connection=connection,
        run=run,
        type=type,
        status=status,
        at=clock.now(),
        details=dict(details or {}),
    )
    insert(activity)
    return activity
