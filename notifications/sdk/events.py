"""An event as its handlers see it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EventData:
    """Something that happened to a subject of a tenant. `id` stays the same however often the event is handled."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    type: str
    subject: str
    payload: Mapping[str, Any]
    created_at: dt.datetime
