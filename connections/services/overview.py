"""What a person sees of the integrations: a card for each provider, with the accounts that are connected."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Provider
from catalog.services.gates import is_available, is_visible, plan_needed, visible_providers
from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.services.visibility import connections_open_to, integrations
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant

_Status = Connection.Status
_STATES = {
    _Status.ACTIVE: "connected",
    _Status.PENDING: "pending",
    _Status.EXPIRED: "trouble",
    _Status.ERROR: "trouble",
    _Status.REVOKED: "ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A connection as its card shows it; `name` is its integration's, which no other of the tenant has.

    `state` is connected, pending (waits for consent), trouble (must be connected again), ended (was disconnected) or
    resting (disabled by an admin). `may_connect`: the person can connect it now, or connect it again.
    """

    connection_id: str
    name: str
    is_own: bool
    state: str
    may_connect: bool
    account: str
    problem: str
    since: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A provider as one person sees it, with every link that is theirs to see.

    `state` is withdrawn (the hub does not offer it any more), plan (`plan_needed` has to be booked first), linked, or,
    where there is no link: shared (connected by an admin, for everybody), open (may be connected) or ask (an admin can
    connect it).
    """

    service: str
    name: str
    description: str
    category: str
    features: Sequence[str]
    takes_consent: bool
    state: str
    plan_needed: str
    links: Sequence[Link]

    @property
    def is_in_use(self) -> bool:
        """Whether something is connected, or was until it needed a person."""
        return self.state == "shared" or any(link.state in {"connected", "trouble"} for link in self.links)


def cards(*, user_id: uuid.UUID | None, is_admin: bool) -> list[Card]:
    """All providers that the tenant sees, and those with a link that this person sees: a provider may be withdrawn and
    a plan end, while what is connected works on.

    Those in use come first; the number of statements is constant.
    """
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    links: dict[uuid.UUID, list[Connection]] = {}
    for link in connections_open_to(user_id=user_id, is_admin=is_admin).order_by("created_at", "pk"):
        links.setdefault(link.integration.provider_id, []).append(link)
    instances = _instances()
    providers = visible_providers() | Provider.objects.filter(pk__in=links)
    found = [
        _card(provider, tenant, links.get(provider.pk, ()), instances.get(provider.pk, ()), is_admin=is_admin)
        for provider in providers.order_by("display_name", "pk")
    ]
    return sorted(found, key=lambda card: not card.is_in_use)


def _instances() -> dict[uuid.UUID, list[Integration]]:
    found: dict[uuid.UUID, list[Integration]] = {}
    for integration in integrations():
        found.setdefault(integration.provider_id, []).append(integration)
    return found


def _card(
    provider: Provider,
    tenant: Tenant,
    links: Sequence[Connection],
    instances: Sequence[Integration],
    *,
    is_admin: bool,
) -> Card:
    available = is_available(provider, tenant)
    if available:
        state = "linked" if links else _unlinked(instances, is_admin=is_admin)
    else:
        state = "plan" if is_visible(provider) else "withdrawn"
    return Card(
        service=provider.provider,
        name=provider.display_name,
        description=provider.description,
        category=provider.category.replace("_", " "),
        features=definition_of(provider).features,
        takes_consent=provider.auth_type == Provider.AuthType.OAUTH2,
        state=state,
        plan_needed=plan_needed(provider),
        links=[_link(link, is_available=available) for link in links],
    )


def _link(link: Connection, *, is_available: bool) -> Link:
    is_resting = link.integration.status == Integration.Status.DISABLED
    state = "resting" if is_resting else _STATES[_Status(link.status)]
    return Link(
        connection_id=link.public_id,
        name=link.integration.name,
        is_own=link.user_id is not None,
        state=state,
        may_connect=is_available and state in {"pending", "trouble", "ended"},
        account=link.account_name or link.display_name or link.account_id,
        problem="" if state == "ended" else link.problem,
        since=link.connected_at if state == "connected" else None,
    )


def _unlinked(instances: Sequence[Integration], *, is_admin: bool) -> str:
    if is_admin or any(each.user_scoped and each.status != Integration.Status.DISABLED for each in instances):
        return "open"
    return "shared" if any(each.status == Integration.Status.CONNECTED for each in instances) else "ask"
