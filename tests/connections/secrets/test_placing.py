"""With a store outside: what is refused changes nothing, what is new is not lost, what is old is removed."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.management import call_command

from connections.models import Connection, Credential, OutsideSecret
from connections.services import connections
from connections.services.errors import AccountChangedError, SecretStoreUnavailableError
from connections.services.secrets import drop_secret, read_secret, store_secret
from connections.services.secrets.keeping import plain
from connections.services.secrets.placing import place_secrets
from connections.services.secrets.stores import outside
from connections.services.vendor_http import vendor_http
from integrations_site.audit.types import Actor
from integrations_site.tenancy.models import Tenant
from tests.aws import endpoint
from tests.connections.world import (
    answer,
    make_connection,
    make_key_provider,
    make_oauth_provider,
    secret_of,
    vendor_running,
)
from tests.receiver import Received, receiving

__all__ = ["endpoint"]
pytestmark = pytest.mark.django_db(transaction=True)
SECRET = {"apiKey": "very-secret-key"}
NOWHERE = "http://127.0.0.1:1"


class Aws:
    """AWS Secrets Manager as the store, and what an operator sees there."""

    def __init__(self, settings: Any, endpoint: str) -> None:
        self._settings, self._endpoint = settings, endpoint
        settings.CREDENTIAL_STORE = "aws"
        self.comes_back()
        self._client = boto3.client("secretsmanager", region_name="eu-central-1", endpoint_url=endpoint)

    def goes_away(self) -> None:
        """It does not answer."""
        self._settings.CREDENTIAL_AWS = {"region_name": "eu-central-1", "endpoint_url": NOWHERE}

    def comes_back(self) -> None:
        """It answers."""
        self._settings.CREDENTIAL_AWS = {"region_name": "eu-central-1", "endpoint_url": self._endpoint}

    def holds(self) -> dict[str, str]:
        """Every secret that is there, by its name."""
        listed = self._client.list_secrets(IncludePlannedDeletion=True)["SecretList"]
        names = [each["Name"] for each in listed]
        return {name: self._client.get_secret_value(SecretId=name)["SecretString"] for name in names}

    def close(self) -> None:
        """Leaves nothing behind."""
        for name in self.holds():
            self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        self._client.close()


@pytest.fixture
def aws(settings: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Credentials are kept in AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    running = Aws(settings, endpoint)
    yield running
    running.close()


def test_in_aws_the_database_holds_nothing_but_the_place(aws: Aws, in_tenant: Tenant) -> None:
    connection = make_connection(make_key_provider("https://api.example.com"), secret=SECRET)
    assert place_secrets().moved == 1
    first = Credential.objects.get()
    assert (first.store, first.sealed, aws.holds()) == ("aws", "", {first.location: '{"apiKey": "very-secret-key"}'})
    assert read_secret(connection, purpose="test") == SECRET
    assert store_secret(connection, {"apiKey": "second"}).version == 2
    assert read_secret(connection, purpose="test") == {"apiKey": "second"}
    assert place_secrets().waiting == 0
    second = Credential.objects.get()
    assert aws.holds() == {second.location: '{"apiKey": "second"}'}
    assert second.location != first.location
    drop_secret(connection)
    place_secrets()
    assert (aws.holds(), OutsideSecret.objects.count()) == ({}, 0)


def test_a_refused_account_leaves_the_secret_as_it_was(aws: Aws, in_tenant: Tenant, actor: Actor) -> None:
    def me(request: Received) -> Any:
        return answer({"id": request.headers["authorization"].removeprefix("Bearer ")})

    with receiving(me) as vendor:
        provider = make_key_provider(vendor.url, connection={"account": {"path": "/me", "idPath": "id"}})
        connection = make_connection(provider, secret={"apiKey": "first"}, account_id="first")
        place_secrets()
        before = aws.holds()
        with pytest.raises(AccountChangedError):
            connections.replace_credentials(
                connection=connection, kind="api_key", credentials={"apiKey": "other"}, actor=actor
            )
        place_secrets()
    assert (aws.holds(), list(before.values())) == (before, ['{"apiKey": "first"}'])
    assert read_secret(connection, purpose="test") == {"apiKey": "first"}
    connection.refresh_from_db()
    assert (connection.account_id, connection.status) == ("first", "active")


def test_renewed_tokens_outlive_a_store_that_is_away(aws: Aws, in_tenant: Tenant) -> None:
    with vendor_running() as vendor:
        connection = make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))
        place_secrets()
        vendor.before_answer = aws.goes_away
        vendor.tokens()  # the one that is stored serves no more
        assert vendor_http(connection).request("GET", "/list").json() == {"data": [{"id": "1"}]}
        assert (vendor.exchanges, vendor.reused) == (1, [])
        assert read_secret(connection, purpose="test")["refreshToken"] == "refresh-3"
        with pytest.raises(SecretStoreUnavailableError):
            place_secrets()
        assert read_secret(connection, purpose="test")["refreshToken"] == "refresh-3"
    aws.comes_back()
    assert place_secrets().waiting == 0
    [(location, kept)] = aws.holds().items()
    assert (location, "refresh-3" in kept, Credential.objects.get().sealed) == (
        Credential.objects.get().location,
        True,
        "",
    )


def test_a_secret_that_is_written_while_another_is_placed_stays(
    aws: Aws, in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_connection(make_key_provider("https://api.example.com"), secret=SECRET)
    store = outside("aws")
    put = store.put

    def put_and_write(location: str, secret: str) -> None:
        put(location, secret)
        store_secret(connection, {"apiKey": "newer"})

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "put", staticmethod(put_and_write))
        assert place_secrets().moved == 0
    assert aws.holds() == {}, "what nobody refers to is removed"
    place_secrets()
    assert read_secret(connection, purpose="test") == {"apiKey": "newer"}


def test_another_store_takes_all_over_and_the_old_one_holds_none(aws: Aws, in_tenant: Tenant, settings: Any) -> None:
    connection: Connection = make_connection(make_key_provider("https://api.example.com"), secret=SECRET)
    place_secrets()
    stale = Credential.objects.get()
    settings.CREDENTIAL_STORE = "database"
    call_command("rotate_keys")
    now = Credential.objects.get()
    assert (aws.holds(), now.store, now.location) == ({}, "database", "")
    assert read_secret(connection, purpose="test") == SECRET
    assert plain(stale) == '{"apiKey": "very-secret-key"}', "who read the row before finds it where it is now"
