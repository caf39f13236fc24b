"""What vendors say of their lists may be anything; what cannot be stored stops no worker."""

import json
from decimal import Decimal
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


ODD_NUMBERS = ("1." + "0" * 20_000, "0e-20000", "0e2000000000", "1e-16000", "9" * 200_000)


def numbered(number: str, value: str) -> bytes:
    """A record that has the value where any is taken."""
    return json.dumps(payment(int(number), meta={"v": "?"})).replace('"?"', value).encode()


def test_numbers_that_cannot_be_stored_cost_their_record_and_nothing_else(vendor: Source, connect: Connect) -> None:
    meta = {"name": "meta", "path": "meta", "type": "object"}
    connection = connect(entity(fields=[*entity()["fields"], meta]))
    rows = b", ".join(numbered(str(at), value) for at, value in enumerate((*ODD_NUMBERS, "0.00", "1e-4000")))
    vendor.faults.append(lambda path, query: (200, {}, b'{"data": [' + rows + b"]}"))
    run = synced(connection)
    step = step_of(run)
    assert (run.status, step.status, step.errors) == ("completed", "completed", len(ODD_NUMBERS))
    assert sorted(live(connection)) == ["p000005", "p000006"]


def test_what_the_database_refuses_fails_its_data_type_and_no_other(
    vendor: Source, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connections.services.mapping.compiling._exact", Decimal)
    meta = {"name": "meta", "path": "meta", "type": "object"}
    connection = connect(entity(fields=[*entity()["fields"], meta]), entity("invoices"))
    vendor.lists["invoices"] = [payment(1)]
    odd = b'{"data": [' + numbered("1", ODD_NUMBERS[1]) + b"]}"
    vendor.faults.append(lambda path, query: (200, {}, odd) if "payments" in path else None)
    run = synced(connection)
    assert (run.status, fault_code(run)) == ("partial", "INTERNAL_ERROR")
    assert [step.status for step in run.steps.order_by("position")] == ["failed", "completed"]
