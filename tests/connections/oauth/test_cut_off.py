"""Renewals of access that the end of the connection, or of its integration, cuts off."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection as database
from django.db import transaction

from connections.models import Connection, Credential
from connections.sdk.errors import CredentialError, VendorError
from connections.services.integrations import remove_integration
from connections.services.tokens.renewal import renew
from connections.services.webhooks.endings import end_by_vendor
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.concurrency import eventually, somebody_waits_for_a_lock
from tests.connections.world import Vendor, make_connection, make_oauth_provider, secret_of, vendor_running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def tokens(vendor: Vendor) -> dict[str, Any]:
    """What the connection has."""
    return secret_of(vendor.tokens())


@pytest.fixture
def linked(in_tenant: Tenant, vendor: Vendor, tokens: dict[str, Any]) -> Connection:
    """A connection that is active."""
    return make_connection(make_oauth_provider(vendor.url), secret=tokens, connected_at=clock.now())


def end(connection: Connection) -> None:
    """The vendor says that access was taken back."""
    end_by_vendor(connection=Connection.objects.get(pk=connection.pk), reason="Taken back", at=clock.now())


def test_a_renewal_that_finds_the_connection_ended_says_so(
    in_tenant: Tenant, vendor: Vendor, tokens: dict[str, Any], linked: Connection
) -> None:
    def late() -> None:
        with scope.tenant_scope(in_tenant.id):
            try:
                renew(linked, unless=tokens)
            finally:
                database.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            end(linked)
            renewing = pool.submit(late)
            eventually(somebody_waits_for_a_lock)
        with pytest.raises(CredentialError):
            renewing.result(20)
    assert (vendor.exchanges, Credential.objects.count()) == (0, 0)


def test_a_renewal_that_fails_after_the_connection_ended_says_how(
    in_tenant: Tenant, vendor: Vendor, tokens: dict[str, Any], linked: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        """On the vendor's thread."""
        with scope.tenant_scope(in_tenant.id):
            end(linked)
        database.close()

    vendor.before_answer = meanwhile
    monkeypatch.setattr(vendor, "tokens", lambda: {"access_token": ""})
    with pytest.raises(VendorError, match="without an access token"):
        renew(linked, unless=tokens)
    assert not Credential.objects.exists()


def test_an_integration_that_is_removed_while_access_is_renewed_leaves_no_access_at_the_vendor(
    in_tenant: Tenant, vendor: Vendor, tokens: dict[str, Any], linked: Connection, actor: Actor
) -> None:
    removing: list[Future[None]] = []

    def remove() -> None:
        with scope.tenant_scope(in_tenant.id):
            remove_integration(integration=linked.integration, actor=actor)
        database.close()

    def is_removing() -> bool:
        revoking = AuditEntry.objects.filter(action="credential.used", data__purpose="revocation")
        return somebody_waits_for_a_lock() or revoking.exists()

    def meanwhile() -> None:
        """On the vendor's thread."""
        removing.append(pool.submit(remove))
        with scope.tenant_scope(in_tenant.id):
            eventually(is_removing)
        database.close()

    vendor.before_answer = meanwhile
    with ThreadPoolExecutor(1) as pool:
        assert renew(linked, unless=tokens)["refreshToken"] == "refresh-2"
        removing[0].result(20)
    revoked = [parse_qs(each.body.decode())["token"] for each in vendor.requests if each.path == "/revoke"]
    assert revoked == [["refresh-2"]]
    assert not Credential.objects.exists()
