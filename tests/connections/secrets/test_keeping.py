"""Credentials are kept sealed, given out with an entry in the audit trail, and forgotten for good."""

import json

import pytest
from django.db import connection as database

from connections.models import Credential
from connections.services.errors import NotConnectedError
from connections.services.secrets import drop_secret, read_secret, store_secret
from integrations_site.audit.models import AuditEntry
from integrations_site.kernel.crypto import SecretUnreadableError
from integrations_site.tenancy.models import Tenant
from tests.connections.world import make_connection, make_key_provider

SECRET = {"apiKey": "very-secret-key"}


def _raw() -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM connections_credential c")
        return "".join(row[0] for row in cursor.fetchall())


def test_a_secret_is_sealed_and_read_with_a_trace(in_tenant: Tenant) -> None:
    connection = make_connection(make_key_provider("https://api.example.com"))
    credential = store_secret(connection, SECRET)
    assert "very-secret-key" not in _raw()
    assert read_secret(connection, purpose="test") == SECRET
    used = AuditEntry.objects.get(action="credential.used")
    assert (used.subject, used.data) == (
        credential.public_id,
        {"connection": connection.public_id, "purpose": "test"},
    )
    assert "very-secret-key" not in json.dumps(list(AuditEntry.objects.values_list("data", flat=True)))


def test_a_second_secret_takes_the_place_of_the_first(in_tenant: Tenant) -> None:
    connection = make_connection(make_key_provider("https://api.example.com"), secret=SECRET)
    assert store_secret(connection, {"apiKey": "other"}).version == 2
    assert read_secret(connection, purpose="test") == {"apiKey": "other"}
    drop_secret(connection)
    drop_secret(connection)
    with pytest.raises(NotConnectedError):
        read_secret(connection, purpose="test")


def test_a_secret_moved_to_another_row_does_not_open(in_tenant: Tenant) -> None:
    provider = make_key_provider("https://api.example.com")
    mine, other = make_connection(provider, secret=SECRET), make_connection(provider, secret={"apiKey": "x"})
    stolen = Credential.objects.get(connection=mine).sealed
    Credential.objects.filter(connection=other).update(sealed=stolen)
    with pytest.raises(SecretUnreadableError):
        read_secret(other, purpose="test")
