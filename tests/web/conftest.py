"""Browsers for the pages."""

import pytest
from django.test import Client
from redis import Redis

from integrations_site.kernel import limits


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """No test uses up what another may try."""
    redis: Redis = limits.connection()
    for key in redis.scan_iter("hub:limit:*"):
        redis.delete(key)


@pytest.fixture
def browser() -> Client:
    """A browser that nobody is logged in with; forms need their CSRF token, as in life."""
    return Client(enforce_csrf_checks=True)
