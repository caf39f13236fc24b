"""What vendors tell by webhooks, once it is known that it comes from them."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.definition import Webhooks
from connections.sdk.instants import read_instant
from connections.sdk.paths import value_at


@dataclass(frozen=True, slots=True)
class VendorEvent:
    """Something happened to an account. `ends_access`: the vendor will not take the account's credential any more.

    `at` is when it happened by the vendor's clock, where it says so: webhooks come late, and in any order.
    """

    account_id: str
    type: str
    ends_access: bool = False
    at: dt.datetime | None = None


# From a webhook's JSON to its events; what it does not understand it leaves out.
EventReader = Callable[[Any, Webhooks], Sequence[VendorEvent]]


def read_event(body: Any, rules: Webhooks) -> Sequence[VendorEvent]:
    """The one event of a body whose type is called `type`, as most vendors do it."""
    account, name = value_at(body, rules.account_path or "account"), value_at(body, "type")
    return [VendorEvent(str(account), name)] if account and isinstance(name, str) else []


def moment_of(value: Any, form: str) -> dt.datetime | None:
    """The moment that a webhook tells in one of `read_instant`'s forms; None where it tells none."""
    try:
        return read_instant(value, form)
    except ValueError:
        return None


def entity_of(event: VendorEvent, rules: Webhooks) -> str | None:
    """The data type that an event is about: that of the longest beginning which fits; None where none does."""
    fitting = [prefix for prefix in rules.entities if event.type.startswith(prefix)]
    return rules.entities[max(fitting, key=len)] if fitting else None
