"""A handler for a real worker: it changes a row, says so, and does not commit before it is told to."""

import os
import time
from pathlib import Path

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from integrations_site.tenancy.models import Tenant
from notifications.sdk.events import EventData
from notifications.services.handlers import on

EVENT = "test.slow"
_SECONDS = 60


@on(EVENT)
def append_a_mark(event: EventData) -> None:
    """Appends a `+` to the tenant's name, which would show twice if it were done twice."""
    place = Path(os.environ["SLOW_HANDLER_DIR"])
    with transaction.atomic():
        Tenant.objects.filter(pk=event.tenant_id).update(name=Concat(F("name"), Value("+")))
        (place / "began").touch()
        end = time.monotonic() + _SECONDS
        while not (place / "go").exists():
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.02)
