"""Keys are changed while credentials are read; then the old key opens nothing."""

import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from catalog.services.secrets import oauth_client
from connections.models import Connection, Credential, Integration
from connections.services.oauth import set_own_client
from connections.services.secrets import read_secret, store_secret
from connections.services.secrets.rotation import COLUMNS, rotate_keys
from connections.services.tokens.clients import client_of
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel.crypto import SecretUnreadableError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import WebhookEndpoint
from notifications.services.signing import new_secret, seal, valid_secrets
from tests.concurrency import eventually
from tests.connections.world import make_connection, make_key_provider, make_oauth_provider

OLD, NEW = {"old": "o" * 40}, {"new": "n" * 40}


def test_every_sealed_column_is_known() -> None:
    """A column that nobody rotates would be lost with the old key."""
    known = {(column.model, column.column) for column in COLUMNS}
    for model in {column.model for column in COLUMNS}:
        for field in model._meta.get_fields():
            if field.name.startswith("sealed"):
                assert (model, field.name) in known


class Traffic:
    """Threads that read credentials all the while; the last also writes them anew, as renewals do."""

    def __init__(self, tenant: Tenant, connections: list[Connection]) -> None:
        self._tenant, self._connections = tenant, connections
        self._stop, self.failures, self._reads = threading.Event(), list[Exception](), [0] * 3
        self._threads = [threading.Thread(target=self._use, args=(number,)) for number in range(3)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def flow(self) -> None:
        """Returns when every thread has read some more, or one has failed."""
        before = list(self._reads)
        eventually(lambda: all(now > then + 3 for now, then in zip(self._reads, before, strict=True)) or self._broke)

    @property
    def _broke(self) -> bool:
        return bool(self.failures)

    def _use(self, number: int) -> None:
        try:
            with scope.tenant_scope(self._tenant.id):
                while not self._stop.is_set():
                    at = (self._reads[number] * 7 + number) % len(self._connections)
                    if number == 2:
                        store_secret(self._connections[at], {"apiKey": f"key {at}"})
                    assert read_secret(self._connections[at], purpose="test") == {"apiKey": f"key {at}"}
                    self._reads[number] += 1
        except Exception as error:
            self.failures.append(error)
        finally:
            database.close()


@pytest.mark.django_db(transaction=True)
def test_keys_rotate_under_traffic(tenant: Tenant, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    with scope.tenant_scope(tenant.id):
        provider = make_key_provider("https://api.example.com")
        connections = [make_connection(provider, secret={"apiKey": f"key {n}"}) for n in range(60)]
    settings.ENCRYPTION_KEYS = NEW | OLD
    with Traffic(tenant, connections) as traffic:
        traffic.flow()
        done = rotate_keys(actor=HUB, batch=7)
        traffic.flow()
    assert traffic.failures == []
    assert (done.remaining, done.unreadable) == (0, {})
    with scope.tenant_scope(tenant.id):
        settings.ENCRYPTION_KEYS = NEW
        assert [read_secret(each, purpose="test")["apiKey"] for each in connections] == [f"key {n}" for n in range(60)]
        settings.ENCRYPTION_KEYS = OLD
        for each in connections:
            with pytest.raises(SecretUnreadableError):
                read_secret(each, purpose="test")


def test_webhook_and_client_secrets_rotate_too(in_tenant: Tenant, actor: Actor, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    provider = make_oauth_provider("http://127.0.0.1:9")
    integration = make_connection(provider).integration
    set_own_client(integration=integration, client_id="own", client_secret="own-secret", actor=actor)
    webhook, secret = WebhookEndpoint(url="https://example.com"), new_secret()
    webhook.sealed_secret = seal(secret, webhook)
    webhook.save()
    settings.ENCRYPTION_KEYS = NEW | OLD
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = NEW
    webhook.refresh_from_db()
    provider.refresh_from_db()
    assert valid_secrets(webhook) == [secret]
    assert oauth_client(provider) == ("hub-client", "hub-client-secret")
    assert client_of(Integration.objects.get()) == ("own", "own-secret")


def test_a_row_that_no_key_opens_is_named_and_left(in_tenant: Tenant, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = {"lost": "l" * 40}
    connection: Connection = make_connection(make_key_provider("https://api.example.com"), secret={"apiKey": "k"})
    before = Credential.objects.get(connection=connection)
    settings.ENCRYPTION_KEYS = NEW | OLD
    with pytest.raises(CommandError, match=str(before.pk)):
        call_command("rotate_keys")
    assert Credential.objects.get(connection=connection).sealed == before.sealed
