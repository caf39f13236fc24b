"""What vendors say of their lists may be anything; what cannot be stored stops no worker."""

import json
from typing import Any

import pytest

from tests.connections.sources import Answer, Source, entity, payment
from tests.connections.syncs.conftest import Connect, fault_code, live, step_of, synced

pytestmark = pytest.mark.django_db(transaction=True)


def told(body: dict[str, Any]) -> Answer:
    """A page."""
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def test_a_position_that_cannot_be_stored_is_the_vendors_fault(vendor: Source, connect: Connect) -> None:
    connection = connect(entity())
    vendor.faults.append(lambda path, query: told({"data": [payment(1)], "next": "a\x00b"}))
    run = synced(connection)
    assert (fault_code(run), live(connection)) == ("PROVIDER_UNAVAILABLE", {})


@pytest.mark.parametrize("count", [10**30, "\u00b2"])
def test_what_is_no_number_of_anything_is_the_vendors_fault(vendor: Source, connect: Connect, count: Any) -> None:
    vendor.faults.append(lambda path, query: told({"data": [payment(1)], "pages": 1, "count": count}))
    run = synced(connect(entity(style="page")))
    assert (fault_code(run), step_of(run).estimate) == ("PROVIDER_UNAVAILABLE", None)
