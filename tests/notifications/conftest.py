"""What tests of events and webhooks share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from integrations_site.kernel.http import HttpClient
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from notifications.services import handlers
from notifications.services.events import publish
from tests.receiver import Receiver, receiving

Publish = Callable[..., Event]


@pytest.fixture
def no_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody in the hub handles events, but for those whom the test registers."""
    monkeypatch.setattr(handlers, "_handlers", {})


@pytest.fixture
def published(tenant: Tenant) -> Publish:
    """Publishes an event of the tenant, in a transaction of its own."""

    def make(type: str = "case.approved", subject: str = "case-1", **payload: Any) -> Event:
        with scope.tenant_scope(tenant.id), transaction.atomic():
            return publish(type=type, subject=subject, payload=payload)

    return make


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks that answers 204."""
    with receiving() as running:
        yield running


@pytest.fixture
def http() -> Iterator[HttpClient]:
    """A client that may call loopback."""
    made = HttpClient(allowed_hosts=["127.0.0.1"])
    yield made
    made.close()
