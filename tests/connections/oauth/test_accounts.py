"""Accounts as vendors tell of them: any text may come, and what cannot be kept or shown is told or left out."""

from typing import Any

import pytest

from connections.models import Connection, Credential
from connections.services.connections import connect
from connections.services.oauth import finish_consent, start_consent
from connections.services.redirects import callback_uri
from connections.services.refusals import ConnectionFailedError
from connections.services.testing import test_connection as try_connection
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.models import Tenant
from tests.connections.world import (
    answer,
    make_connection,
    make_integration,
    make_key_provider,
    make_oauth_provider,
    vendor_running,
)
from tests.receiver import receiving

pytestmark = pytest.mark.django_db
ODD_NAME = "Acme\x00 \x1b[31mBooks\u202e\r\n& Sons"
PLAIN_NAME = "Acme\ufffd \ufffd[31mBooks\ufffd & Sons"
# What is no account's id: it cannot be stored, or would not be known again.
NO_IDS = ["a\x00b", "a\nb", "x" * 256, {"id": 1}, ["a"], True, 1.5]


def consented(told: Any, actor: Actor, query: dict[str, str] | None = None, **source: Any) -> Connection:
    """The connection, once the vendor has told this with its tokens."""
    with vendor_running() as vendor:
        vendor.token_answer = answer({"access_token": "a", "account": told})
        connection = make_connection(make_oauth_provider(vendor.url, **({"account": source} if source else {})))
        consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri())
        return finish_consent(state=consent.state, query={"code": "c"} | (query or {}), actor=actor)


def test_a_name_becomes_a_line_that_can_be_kept_and_shown(in_tenant: Tenant, actor: Actor) -> None:
    done = consented({"id": 17, "name": ODD_NAME + "y" * 300}, actor)
    assert (done.account_id, done.account_name) == ("17", (PLAIN_NAME + "y" * 300)[:255])
    assert consented({"id": "a", "name": {"is": "none"}}, actor).account_name == ""


@pytest.mark.parametrize("told", NO_IDS)
def test_what_is_no_id_of_an_account_is_refused(in_tenant: Tenant, actor: Actor, told: Any) -> None:
    with pytest.raises(HubError) as caught:
        consented({"id": told}, actor)
    assert caught.value.code == "PROVIDER_UNAVAILABLE"
    assert "\x00" not in caught.value.message
    assert not Credential.objects.exists()


def test_nobody_brings_such_an_id_with_the_address(in_tenant: Tenant, actor: Actor) -> None:
    with pytest.raises(HubError) as caught:
        consented({}, actor, {"realmId": "91\x0030"}, **{"from": "redirect", "parameter": "realmId"})
    assert caught.value.code == "PROVIDER_UNAVAILABLE"


@pytest.mark.parametrize("told", NO_IDS)
def test_keys_of_such_an_account_are_refused_and_tested_as_such(in_tenant: Tenant, actor: Actor, told: Any) -> None:
    with receiving(lambda _: answer({"id": told, "name": "n"})) as vendor:
        account = {"path": "/me", "idPath": "id", "namePath": "name"}
        provider = make_key_provider(vendor.url, connection={"account": account})
        with pytest.raises(ConnectionFailedError):
            connect(
                integration=make_integration(provider),
                user_id=None,
                kind="api_key",
                credentials={"apiKey": "key-1"},
                actor=actor,
            )
        assert not Connection.objects.exists()
        result = try_connection(connection=make_connection(provider, secret={"apiKey": "k"}), actor=actor)
    assert result.error == "CONNECTION_FAILED"


def test_a_key_tells_its_account_by_a_plain_name(in_tenant: Tenant, actor: Actor) -> None:
    with receiving(lambda _: answer({"id": "a", "name": ODD_NAME})) as vendor:
        account = {"path": "/me", "idPath": "id", "namePath": "name"}
        provider = make_key_provider(vendor.url, connection={"account": account})
        connection = make_connection(provider, secret={"apiKey": "k"})
        assert try_connection(connection=connection, actor=actor).success
        connection.refresh_from_db()
    assert (connection.account_id, connection.account_name) == ("a", PLAIN_NAME)
