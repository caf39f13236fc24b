"""Connectors with accounts at the sandbox."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from tests.connections.connectors.recording import Link
from tests.sandbox.calling import Vendors, vendors
from tests.sandbox.serving import RunningSandbox, sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server", "vendors"]

Connect = Callable[..., Link]


@pytest.fixture
def connect(vendors: Vendors, settings: Settings) -> Connect:
    """Connects with a vendor by a whole consent; `account` says how the account is known."""
    settings.VENDOR_STAND_IN = vendors.running.url

    def connected(slug: str, account_id: Callable[..., str], **options: object) -> Link:
        told = vendors.connect(slug)
        return Link(slug, {"accessToken": told["access_token"]}, account_id=account_id(told), **options)  # type: ignore[arg-type]

    return connected


@pytest.fixture
def stand_in(sandbox: RunningSandbox, settings: Settings) -> RunningSandbox:
    """The sandbox, in the place of all vendors."""
    settings.VENDOR_STAND_IN = sandbox.url
    return sandbox
