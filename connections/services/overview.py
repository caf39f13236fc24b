"""What a person sees of the integrations: a card for each provider, with what there is to do about it."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.models import Provider
from catalog.services.gates import is_available, plan_needed, visible_providers
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
    _Status.REVOKED: "open",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A provider as one person sees it.

    `state` is connected, shared (by an admin, for everybody), pending (waits for consent), trouble (must be
    connected again), open (may be connected), ask (an admin can connect it), resting (disabled by an admin) or plan
    (`plan_needed` has to be booked first).
    """

    service: str
    name: str
    description: str
    category: str
    features: Sequence[str]
    takes_consent: bool
    state: str
    plan_needed: str = ""
    connection_id: str = ""
    account: str = ""
    problem: str = ""
    since: dt.datetime | None = None

    @property
    def may_connect(self) -> bool:
        """Whether the person can connect it now, or connect it again."""
        return self.state in {"open", "pending", "trouble"}


def cards(*, user_id: uuid.UUID | None, is_admin: bool) -> list[Card]:
    """All providers that the tenant sees, connected ones first; the number of statements is constant."""
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    links = _by_provider(connections_open_to(user_id=user_id, is_admin=is_admin).order_by("created_at"))
    instances = _instances()
    found = [
        _card(provider, tenant, links.get(provider.pk), instances.get(provider.pk, ()), is_admin=is_admin)
        for provider in visible_providers().order_by("display_name", "pk")
    ]
    return sorted(found, key=lambda card: card.state not in {"connected", "shared", "trouble"})


def _by_provider(links: Iterable[Connection]) -> dict[uuid.UUID, Connection]:
    """Of each provider the connection that tells most: an active one where there is one."""
    found: dict[uuid.UUID, Connection] = {}
    for link in links:
        key = link.integration.provider_id
        if key not in found or link.status == _Status.ACTIVE:
            found[key] = link
    return found


def _instances() -> dict[uuid.UUID, list[Integration]]:
    found: dict[uuid.UUID, list[Integration]] = {}
    for integration in integrations():
        found.setdefault(integration.provider_id, []).append(integration)
    return found


def _card(
    provider: Provider,
    tenant: Tenant,
    link: Connection | None,
    instances: Sequence[Integration],
    *,
    is_admin: bool,
) -> Card:
    definition = definition_of(provider)
    available = is_available(provider, tenant)
    return Card(
        service=provider.provider,
        name=provider.display_name,
        description=provider.description,
        category=provider.category.replace("_", " "),
        features=definition.features,
        takes_consent=provider.auth_type == Provider.AuthType.OAUTH2,
        state=_state(link, instances, is_admin=is_admin) if available else "plan",
        plan_needed="" if available else plan_needed(provider),
        connection_id=link.public_id if link else "",
        account=(link.account_name or link.display_name or link.account_id) if link else "",
        problem=link.problem if link else "",
        since=link.connected_at if link else None,
    )


def _state(link: Connection | None, instances: Sequence[Integration], *, is_admin: bool) -> str:
    if link is not None and link.integration.status == Integration.Status.DISABLED:
        return "resting"
    if link is not None:
        return _STATES[_Status(link.status)]
    if is_admin or any(each.user_scoped and each.status != Integration.Status.DISABLED for each in instances):
        return "open"
    return "shared" if any(each.status == Integration.Status.CONNECTED for each in instances) else "ask"
