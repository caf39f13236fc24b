"""Who uses a provider. Apps that refer to providers register here as they load; the catalog knows none of them."""

import uuid
from collections.abc import Callable, Mapping

# How many of what use a provider, such as `{"integrations": 3, "tenants": 2}`; asked in the scope of all tenants.
Counter = Callable[[uuid.UUID], Mapping[str, int]]
_counters: dict[str, Counter] = {}


def register(name: str, counter: Counter) -> None:
    """From now on `counter` is asked as well. Registered again under the same name, the later one counts."""
    _counters[name] = counter


def usage_of(provider_id: uuid.UUID) -> dict[str, int]:
    """Everything that uses the provider, counted; empty where nothing does."""
    found: dict[str, int] = {}
    for counter in _counters.values():
        for what, count in counter(provider_id).items():
            found[what] = found.get(what, 0) + count
    return {what: count for what, count in found.items() if count}
