"""Callers of the probes."""

import pytest

from tests.api.clients import ApiCaller


@pytest.fixture
def stranger() -> ApiCaller:
    """Somebody without a token."""
    return ApiCaller()
