"""A credential that is good, but not for one data type: the others are read, and the connection stays as it is."""

import pytest

from connections.models import Connection
from notifications.models import Event
from tests.connections.sources import Source, entity, payment
from tests.connections.syncs.conftest import Connect, fault_code, synced

pytestmark = pytest.mark.django_db(transaction=True)
ERRORS = {"rules": [{"status": 403, "kind": "credential"}]}


def test_what_is_forbidden_fails_alone(vendor: Source, connect: Connect) -> None:
    vendor.lists |= {"payments": [payment(1)], "invoices": [payment(1)]}
    connection = connect(entity(), entity("invoices"), errors=ERRORS)
    vendor.faults.append(lambda path, query: (403, {}, b"{}") if path.endswith("/payments") else None)
    run = synced(connection)
    assert (run.status, fault_code(run)) == ("partial", "PROVIDER_FORBIDDEN")
    failed, completed = run.steps.all()
    assert (failed.status, completed.status) == ("failed", "completed")
    assert failed.error is not None
    assert failed.error["message"].startswith("The vendor does not let this account read it: ")
    assert "action" not in failed.error, "to connect again need not help"
    connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE
    assert not Event.objects.filter(type="connection.expired").exists()
