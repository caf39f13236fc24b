"""Browsers for the pages."""

import pytest
from django.test import Client

from tests.factories import make_super_admin


@pytest.fixture
def browser() -> Client:
    """A browser that nobody is logged in with; forms need their CSRF token, as in life."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def root(db: None) -> Client:
    """A browser in which a super admin is logged in."""
    client = Client()
    client.force_login(make_super_admin())
    return client
