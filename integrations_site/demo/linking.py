"""Connecting the demo's company with the vendors that the sandbox stands in for, and reading what they have.

The sandbox forgets with each start what it let in, so accounts are connected anew; the hub takes the same account up
again, with its records. What was read to its end in an earlier run is not read once more.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations_site.demo.calling import DemoFailedError, Hub
from integrations_site.demo.consenting import agree
from integrations_site.kernel.http import HttpClient

# At each vendor the sandbox has this account, with all of its records.
ACCOUNT = "northwind"
_SYNC_SECONDS, _PAUSE_SECONDS = 60, 0.25
# A sync that is over and read all, or one that may still.
_READ = ("success", "running")
_INTEGRATIONS, _CONNECTIONS = "/api/tenant/integrations", "/api/integrations/connections"


@dataclass(frozen=True, slots=True)
class Service:
    """A vendor: what is asked for in 002's words, or the credentials that are typed in."""

    slug: str
    name: str
    permissions: Sequence[str] = ()
    credentials: dict[str, str] = field(default_factory=dict)


SERVICES = (
    Service("stripe", "Stripe", ("read:payments", "read:customers", "write:invoices")),
    Service("slack", "Slack", ("chat:write", "channels:read", "users:read")),
    Service("quickbooks", "QuickBooks", ("accounting", "payments")),
    Service("xero", "Xero", ("accounting.transactions", "accounting.contacts")),
    Service(
        "workday",
        "Workday",
        credentials={
            "username": "isu-demo",
            "password": "workday-demo-secret",
            "host": "wd2-impl-services1.workday.com",
            "tenant": ACCOUNT,
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A vendor's account that is connected, how its last sync ended, and how many records the hub has of each kind."""

    name: str
    account: str
    status: str
    records: dict[str, int]


@dataclass(frozen=True, slots=True)
class Links:
    """What is connected, and the first hits of a search through all of it, each with its source's name."""

    linked: list[Linked]
    query: str
    hits: list[dict[str, Any]]
    total: int


def link_vendors(description: dict[str, Any], http: HttpClient) -> Links:
    """Connects and syncs as the admin of the first tenant. Raises DemoFailedError where the hub refuses any of it."""
    hub = Hub(description["base_url"], description["tenants"][0]["tenant_admin"]["token"], http)
    made = [(service, *_connected(hub, service, http)) for service in SERVICES]
    for _, _, connection in made:
        if connection["syncStatus"] not in _READ:
            hub.post(f"{_CONNECTIONS}/{connection['id']}/sync", {"syncType": "full"})
    found = [linked(hub, service, integration, connection) for service, integration, connection in made]
    query = word_of_customer(hub, made[0][1])
    answer = hub.post("/api/integrations/search", {"query": query, "limit": 2})
    names = {source["integrationId"]: source["name"] for source in answer["sources"]}
    hits = [hit | {"integrationName": names[hit["integrationId"]]} for hit in answer["results"]]
    return Links(found, query, hits, answer["total"])


def _connected(hub: Hub, service: Service, http: HttpClient) -> tuple[str, dict[str, Any]]:
    """The ids of the service's integration, made where there is none, and its connection."""
    listed = hub.get(_INTEGRATIONS, providerName=service.slug, limit="100")["integrations"]
    usable = [one for one in listed if not one["userScoped"] and one["status"] != "disabled"]
    integration = usable[-1] if usable else _make(hub, service)
    base = f"{_INTEGRATIONS}/{integration['id']}"
    if service.credentials:
        hub.post(f"{base}/connect/custom", {"credentials": service.credentials})
    else:
        _consent(hub, service, base, http)
    link = hub.get(f"{base}/connection")
    connection = hub.get(f"{_CONNECTIONS}/{link['connectionId']}")["connection"]
    return integration["id"], connection | {"account": link["accountName"] or link["accountId"]}


def _make(hub: Hub, service: Service) -> dict[str, Any]:
    provider = _provider(hub, service)
    made: dict[str, Any] = hub.post(_INTEGRATIONS, {"integrationId": provider["id"], "name": service.name})
    return made


def _consent(hub: Hub, service: Service, base: str, http: HttpClient) -> None:
    """Begins a consent, agrees as the account's owner, and hands the hub what the vendor led back with."""
    asked = {"returnUrl": f"{hub.base_url}/integrations/done", "permissions": list(service.permissions)}
    begun = hub.post(f"{base}/connect/oauth", asked)
    brought = agree(begun["authorizationUrl"], account=ACCOUNT, http=http)
    hub.get(f"/api/integrations/oauth/{service.slug}/callback", **brought)


def linked(hub: Hub, service: Service, integration: str, connection: dict[str, Any]) -> Linked:
    """The connected account, once its sync is over; records of all kinds, whatever the last sync read of them.

    Raises DemoFailedError where the sync is not over within a minute, or did not read everything.
    """
    status = _ended(hub, connection["id"])
    if status != "success":
        raise DemoFailedError(f"{service.name}: the sync ended {status}")
    names = [entity["name"] for entity in _provider(hub, service)["availableEntities"]]
    counts = {name: _count(hub, integration, name) for name in names}
    account = connection["account"] or service.credentials.get("tenant", "")
    return Linked(service.name, account, status, {name: count for name, count in counts.items() if count})


def _provider(hub: Hub, service: Service) -> dict[str, Any]:
    """The service as the catalog has it."""
    listed = hub.get("/api/integrations", search=service.slug, limit="100")["providers"]
    found: dict[str, Any] = next(one for one in listed if one["provider"] == service.slug)
    return found


def _ended(hub: Hub, connection: str) -> str:
    """How the connection's last sync ended, once it is over."""
    end = time.monotonic() + _SYNC_SECONDS
    while time.monotonic() < end:
        status = str(hub.get(f"{_CONNECTIONS}/{connection}")["connection"]["syncStatus"])
        if status != "running":
            return status
        time.sleep(_PAUSE_SECONDS)
    raise DemoFailedError(f"the sync of {connection} was not over after {_SYNC_SECONDS} seconds")


def word_of_customer(hub: Hub, integration: str) -> str:
    """The beginning of a customer's name. Raises DemoFailedError where there are no customers."""
    shown = hub.get(f"{_INTEGRATIONS}/{integration}/widgets/data", entity="customers", limit="1")["data"]
    if not shown:
        raise DemoFailedError(f"the integration {integration} has no customers")
    return str(shown[0]["name"]).split()[0]


def _count(hub: Hub, integration: str, entity: str) -> int:
    shown = hub.get(f"{_INTEGRATIONS}/{integration}/widgets/data", entity=entity, limit="1")
    return int(shown["total"])
