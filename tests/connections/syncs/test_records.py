"""Records in the database."""

import pytest
from django.db import IntegrityError, transaction

from connections.services.mapping import Mapped
from connections.services.syncs.records import Incoming, RecordTable
from integrations_site.kernel import clock
from tests.connections.sources import Source, entity, payment
from tests.connections.syncs.conftest import Connect, live, synced

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_that_came_meanwhile_is_written_over_and_the_others_with_it(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(1)]
    connection = connect(entity())
    synced(connection)
    mapped = Mapped(b'{"id": "x"}', "Neu \u00e9", None, "\u6771\u4eac 12")
    found = [Incoming(id, b"{}", b"0" * 16, mapped) for id in ("p000001", "p000002")]
    table = RecordTable(connection, "payments")
    parcel = table.pack(found)
    with pytest.raises(IntegrityError), transaction.atomic():
        table.merge(parcel, now=clock.now())
    assert sorted(live(connection)) == ["p000001"]
    table.merge(parcel, now=clock.now(), looks_again=True)
    assert sorted(live(connection)) == ["p000001", "p000002"]
    assert {(row.title, bytes(row.raw)) for row in live(connection).values()} == {("Neu \u00e9", b"{}")}
