"""Vendors at their worst: accounts at the sandbox, everything that goes wrong there at once, and syncs through it."""

from collections.abc import Collection
from typing import Any

from catalog.models import Provider
from catalog.services.shipped import sync_catalog
from connections.models import Connection, Integration, Record, SyncRun
from connections.services.secrets import store_secret
from connections.services.syncs import request_sync, resume_due, run_sync
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock, limits
from integrations_site.sandbox.environment import hub_environment
from tests.connections.connectors.test_shapes import ACCOUNTS
from tests.connections.connectors.test_workday import SECRET
from tests.sandbox.calling import Vendors
from tests.sandbox.serving import ControlClient

VENDORS = (*ACCOUNTS, "workday")
_HOSTS = {"slack": "slack.com", "quickbooks": "quickbooks.api.intuit.com", "workday": "wd2-impl-services1.workday.com"}
_FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("rate_limited", {"seconds": 1}),
    ("rate_limited", {}),
    ("server_error", {"status": 503}),
    ("html", {}),
    ("invalid_json", {}),
    ("reset", {}),
    ("slow", {"seconds": 0.2}),
    ("latency", {}),
    ("duplicate", {}),
    ("reorder", {}),
)
# Their tokens end, and can be renewed.
_RENEWED = ("slack", "quickbooks", "xero")
_MOST_ROUNDS = 60
_OVER = (SyncRun.Status.COMPLETED, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED)


def variables(url: str) -> dict[str, str]:
    """The clients by which the sandbox knows the hub."""
    return {name: value for name, value in hub_environment(url).items() if name != "VENDOR_STAND_IN"}


def connect_account(slug: str, vendors: Vendors) -> Connection:
    """The tenant in scope is connected with the first account of a vendor, by a whole consent where it has one."""
    sync_catalog(actor=HUB)
    typed = slug == "workday"
    told = {} if typed else vendors.connect(slug)
    secret = SECRET if typed else {"accessToken": told["access_token"], "refreshToken": told.get("refresh_token", "")}
    integration = Integration.objects.create(
        provider=Provider.objects.get(provider=slug), name=slug, status=Integration.Status.CONNECTED
    )
    made = Connection.objects.create(
        integration=integration,
        credential_kind=Connection.CredentialKind.CUSTOM if typed else Connection.CredentialKind.OAUTH,
        status=Connection.Status.ACTIVE,
        account_id="" if typed else ACCOUNTS[slug](told, vendors),
        connected_at=clock.now(),
    )
    store_secret(made, secret)
    return made


def begin_storm(slug: str, control: ControlClient, *, times: int, apart: int, without: Collection[str] = ()) -> None:
    """Every fault but some strikes so many of the vendor's data requests, each beginning some requests after the one
    before.

    Access ends once: a vendor that refuses a token that it has just given is believed.
    """
    place = {"host": _HOSTS.get(slug, f"api.{slug}.com"), "path": "^(?!.*oauth)"}
    for number, (kind, details) in enumerate(fault for fault in _FAULTS if fault[0] not in without):
        control.fault(kind, times=times, after=number * apart, **place, **details)
    if slug in _RENEWED:
        control.fault("expired_token", times=1, after=len(_FAULTS) * apart, **place)


def persist(connection: Connection) -> SyncRun:
    """A full run that is taken up again for as long as it goes on by itself."""
    run = request_sync(connection=connection, sync_type="full", actor=HUB)
    for _ in range(_MOST_ROUNDS):
        run_sync(run.pk)
        if not go_on(run):
            break
    return run


def go_on(run: SyncRun) -> bool:
    """Has time pass for a run that waits, so that it is due; whether it is not over."""
    run.refresh_from_db()
    rest(run.connection)
    if run.status == SyncRun.Status.PARTIAL and run.resume_at:
        SyncRun.objects.filter(pk=run.pk).update(resume_at=clock.now())
        resume_due()
        return True
    return run.status not in _OVER and run.status != SyncRun.Status.PARTIAL


def rest(connection: Connection) -> None:
    """Has time pass: the vendor's limits let calls through again, and so does the circuit breaker."""
    redis = limits.connection()
    for key in redis.scan_iter(f"hub:limit:vendor:*{connection.public_id}*"):
        redis.delete(key)
    Connection.objects.filter(pk=connection.pk).update(blocked_until=None)


def idle(control: ControlClient) -> list[dict[str, Any]]:
    """The faults that have not struck."""
    return [fault for fault in control.call("GET", "/faults")["faults"] if not fault["struck"]]


def stored(connection: Connection) -> dict[tuple[str, str], bytes]:
    """What the hub has of an account: the hash of each record that is not deleted."""
    rows = Record.objects.filter(connection=connection, deleted_at=None)
    return {
        (entity, identifier): bytes(hash)
        for entity, identifier, hash in rows.values_list("entity", "external_id", "hash")
    }
