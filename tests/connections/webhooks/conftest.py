"""A hub that knows what vendors sign with."""

import pytest
from pytest_django import Settings

from catalog.services.shipped import sync_catalog
from integrations_site.audit.types import HUB
from tests.connections.webhooks.vendors import SECRETS
from tests.sandbox.calling import vendors
from tests.sandbox.serving import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server", "vendors"]


@pytest.fixture
def catalog(db: None, settings: Settings) -> None:
    """The shipped providers, with the secrets of their webhooks."""
    settings.VENDOR_SECRETS = {f"{name.upper()}_WEBHOOK_SECRET": secret for name, secret in SECRETS.items()}
    sync_catalog(actor=HUB)
