"""Who uses a provider. Apps that refer to providers register here as they load; the catalog knows none of them."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from integrations_site.tenancy.models import Tenant

MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many of what use a provider, such as `{"integrations": 3, "tenants": 2}`, and the first of the tenants.

    `kept` counts what nobody uses any more and refers to the provider still, such as `{"removed integrations": 1}`.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    tenants: Sequence[Tenant] = ()
    kept: Mapping[str, int] = field(default_factory=dict)


# Asked in the scope of all tenants.
Asked = Callable[[uuid.UUID], Usage]
_counters: dict[str, Asked] = {}


def register(name: str, counter: Asked) -> None:
    """From now on `counter` is asked as well. Registered again under the same name, the later one counts."""
    _counters[name] = counter


def usage_of(provider_id: uuid.UUID) -> Usage:
    """Everything that uses the provider, together: no count is 0, and at most 20 tenants are named."""
    found = [counter(provider_id) for counter in _counters.values()]
    tenants = {tenant.pk: tenant for each in found for tenant in each.tenants}
    return Usage(
        counts=_sum(each.counts for each in found),
        tenants=list(tenants.values())[:MOST_NAMED],
        kept=_sum(each.kept for each in found),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return {what: count for what, count in total.items() if count}
