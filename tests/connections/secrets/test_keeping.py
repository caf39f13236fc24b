"""Credentials are kept sealed or in AWS, given out with an entry in the audit trail, and forgotten for good."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.db import connection as database
from moto.server import ThreadedMotoServer

from connections.models import Credential
from connections.services.errors import NotConnectedError, SecretStoreUnavailableError
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


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """AWS on loopback."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def in_aws(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """New credentials are kept in AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.CREDENTIAL_STORE = "aws"
    return settings


@pytest.mark.django_db(transaction=True)
def test_in_aws_the_database_holds_nothing_but_the_name(in_aws: Any, endpoint: str, in_tenant: Tenant) -> None:
    in_aws.CREDENTIAL_AWS = {"region_name": "eu-central-1", "endpoint_url": endpoint}
    connection = make_connection(make_key_provider("https://api.example.com"))
    credential = store_secret(connection, SECRET)
    assert store_secret(connection, {"apiKey": "second"}).version == 2
    assert (credential.store, credential.sealed) == ("aws", "")
    assert read_secret(connection, purpose="test") == {"apiKey": "second"}
    client = boto3.client("secretsmanager", region_name="eu-central-1", endpoint_url=endpoint)
    assert client.get_secret_value(SecretId=credential.name)["SecretString"] == '{"apiKey": "second"}'
    drop_secret(connection)
    assert client.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []
    client.close()


@pytest.mark.django_db(transaction=True)
def test_aws_that_does_not_answer_is_said_and_changes_nothing(in_aws: Any, in_tenant: Tenant) -> None:
    in_aws.CREDENTIAL_AWS = {"region_name": "eu-central-1", "endpoint_url": "http://127.0.0.1:1"}
    connection = make_connection(make_key_provider("https://api.example.com"))
    with pytest.raises(SecretStoreUnavailableError) as caught:
        store_secret(connection, SECRET)
    assert "very-secret-key" not in caught.value.message
    assert not Credential.objects.exists()
