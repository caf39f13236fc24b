"""Xero's organisations at the sandbox: an accountant has two, and each consent is for one of them."""

from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Provider
from catalog.services.shipped import sync_catalog
from connections.models import Connection
from connections.services.connections import begin_consent, disconnect
from connections.services.oauth import finish_consent, start_consent
from connections.services.redirects import callback_uri
from connections.services.syncs import request_sync, run_sync
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.models import Tenant
from tests.connections.connectors.recording import IMPATIENT
from tests.connections.syncs.storms import variables
from tests.connections.world import make_integration
from tests.sandbox.calling import Vendors, vendors
from tests.sandbox.consenting import consent, returned
from tests.sandbox.serving import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server", "vendors"]
pytestmark = pytest.mark.django_db(transaction=True)
NORTHWIND, CONTOSO = "Northwind Trading", "Contoso Retail"


class Accountant:
    """A person at the sandbox who lets the hub into organisations of theirs."""

    def __init__(self, vendors: Vendors, actor: Actor) -> None:
        self._vendors, self._actor = vendors, actor
        self._provider = Provider.objects.get(provider="xero")

    def connection(self) -> Connection:
        """One more that waits for consent."""
        return begin_consent(integration=make_integration(self._provider), user_id=None, actor=self._actor)

    def consents(self, connection: Connection, *members: str, **more: Any) -> Connection:
        """The connection after a consent to these organisations."""
        begun = start_consent(connection=connection, actor=self._actor, redirect_uri=callback_uri(), **more)
        back = returned(consent(begun.authorization_url, account="accountant", members=members))
        return finish_consent(state=begun.state, query=back, actor=self._actor)

    def refused(self, connection: Connection, *members: str) -> str:
        """The code with which such a consent is refused."""
        with pytest.raises(HubError) as caught:
            self.consents(connection, *members)
        return caught.value.code

    def open(self) -> dict[str, str]:
        """The organisations that are open at Xero, with the ids of their connections; the look opens none itself."""
        token = self._vendors.connect("xero", account="accountant", members=())["access_token"]
        listed = self._vendors.get("/api.xero.com/connections", token).json()
        return {each["tenantName"]: each["id"] for each in listed}

    def disconnects_the_app(self, organisation: str) -> None:
        """As a person does at Xero, under its connected apps."""
        token = self._vendors.connect("xero", account="accountant", members=())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        left = self._vendors.http.delete(f"/api.xero.com/connections/{self.open()[organisation]}", headers=headers)
        assert left.status_code == 204


@pytest.fixture
def accountant(
    in_tenant: Tenant, actor: Actor, vendors: Vendors, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Accountant:
    """The accountant, with the sandbox in Xero's place."""
    monkeypatch.setattr("connections.services.vendor_http.making.Pace", lambda: IMPATIENT)
    settings.VENDOR_STAND_IN = vendors.running.url
    settings.VENDOR_SECRETS = variables(vendors.running.url)
    sync_catalog(actor=HUB)
    return Accountant(vendors, actor)


def test_an_accountant_connects_one_organisation_after_the_other_and_ends_each_alone(
    accountant: Accountant, actor: Actor
) -> None:
    first = accountant.consents(accountant.connection(), "northwind")
    second = accountant.consents(accountant.connection(), "contoso")
    assert (first.account_name, second.account_name) == (NORTHWIND, CONTOSO)
    cut = disconnect(connection=first, actor=actor)
    assert (cut.connection.status, cut.notice, accountant.open().keys()) == ("revoked", "", {CONTOSO})
    assert disconnect(connection=second, actor=actor).notice == ""
    assert accountant.open() == {}


def test_both_at_once_connect_neither_and_are_taken_away_so_that_one_can_be_chosen(accountant: Accountant) -> None:
    connection = accountant.connection()
    assert accountant.refused(connection, "northwind", "contoso") == "ACCOUNTS_SEVERAL"
    assert accountant.open() == {}
    assert accountant.consents(connection, "contoso").account_name == CONTOSO


def test_where_both_were_open_before_the_way_out_that_is_told_leads_out(accountant: Accountant) -> None:
    """Both are in use elsewhere, so that the hub may not take them away itself."""
    for member in ("northwind", "contoso"):
        accountant.consents(accountant.connection(), member)
    third = accountant.connection()
    assert accountant.refused(third, "northwind") == "ACCOUNTS_OPEN_BEFORE"
    assert accountant.open().keys() == {NORTHWIND, CONTOSO}
    accountant.disconnects_the_app(NORTHWIND)
    assert accountant.consents(third, "northwind").account_name == NORTHWIND


def test_a_confirmed_change_to_an_organisation_that_is_open_already_is_made(accountant: Accountant) -> None:
    connection = accountant.consents(accountant.connection(), "northwind")
    accountant.consents(accountant.connection(), "contoso")
    changed = accountant.consents(connection, "contoso", takes_other_account=True)
    assert (changed.status, changed.account_name) == ("active", CONTOSO)


def test_a_scope_that_is_missing_fails_its_data_type_and_costs_neither_token_nor_connection(
    accountant: Accountant, vendors: Vendors
) -> None:
    connection = accountant.consents(accountant.connection(), "northwind", permissions=["accounting.contacts"])
    run = request_sync(connection=connection, sync_type="full", actor=HUB)
    run_sync(run.pk)
    run.refresh_from_db()
    steps = {step.entity: step for step in run.steps.all()}
    assert (run.status, steps["contacts"].status, steps["invoices"].status) == ("partial", "completed", "failed")
    fault = steps["invoices"].error
    assert fault is not None
    assert (fault["code"], "AuthorizationUnsuccessful" in fault["message"]) == ("PROVIDER_FORBIDDEN", True)
    connection.refresh_from_db()
    spent = sum(each["exchanges"] for each in vendors.running.control.tokens(vendor="xero")["tokens"])
    assert (connection.status, spent) == ("active", 0)
