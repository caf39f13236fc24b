"""Making the way to a third party."""

from collections.abc import Mapping
from typing import Any

from catalog.definition import ProviderDefinition
from catalog.services.providers import definition_of
from connections.models import Connection
from connections.sdk.http import VendorHttp
from connections.services.access import ConnectionAccess
from connections.services.vendor_http.breaker import ConnectionBreaker, Unbroken
from connections.services.vendor_http.building import Target
from connections.services.vendor_http.pacing import Pace
from connections.services.vendor_http.session import Fixed, Session
from connections.services.vendor_http.throttle import Pausing, RedisThrottle, Unthrottled


def vendor_http(
    connection: Connection,
    *,
    purpose: str = "vendor call",
    pace: Pace | None = None,
    deadline: float | None = None,
) -> VendorHttp:
    """The way to the account of a connection, in its tenant's scope; for one piece of work, such as a sync run.

    `deadline` is on the monotonic clock: after it no call, pause or renewal is begun, and a call under way ends in
    DeadlinePassed. A renewal that is under way is not cut off: the answer may be the only copy of the new tokens.
    Reading the credential is one audited use, with `purpose`. What it raises is a VendorError.
    """
    pace = pace or Pace()
    definition = definition_of(connection.integration.provider)
    rates = definition.connection.rate_limits if definition.connection else []
    most = definition.connection.max_concurrent if definition.connection else None
    throttle = RedisThrottle(connection.public_id, rates, pace, max_concurrent=most)
    return Session(
        target=target_of(connection, definition),
        access=ConnectionAccess(connection, purpose=purpose),
        throttle=throttle if rates or most else Pausing(throttle),
        breaker=ConnectionBreaker(connection),
        pace=pace,
        deadline=deadline,
    )


def provider_http(
    definition: ProviderDefinition,
    secret: Mapping[str, Any],
    *,
    settings: Mapping[str, Any] | None = None,
    account_id: str = "",
    pace: Pace | None = None,
) -> VendorHttp:
    """The way to a third party with a secret that belongs to no connection (yet): to try a definition or a credential.

    It keeps no limits and has no circuit breaker. An access token is the secret `{"accessToken": …}`.
    """
    return Session(
        target=Target(definition, settings or {}, account_id),
        access=Fixed(secret),
        throttle=Unthrottled(),
        breaker=Unbroken(),
        pace=pace or Pace(),
    )


def target_of(connection: Connection, definition: ProviderDefinition) -> Target:
    """Whom a connection calls: its own settings come before its integration's."""
    return Target(definition, connection.integration.settings | connection.settings, connection.account_id)
