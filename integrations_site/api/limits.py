"""Rate limits: per tenant and class of path, or per address where the caller is not known; told on every answer."""

import ipaddress
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from integrations_site.api.errors import RateLimitedError
from integrations_site.kernel import limits
from integrations_site.kernel.limits import Usage
from integrations_site.tenancy.tokens import Caller

_IPV6_NETWORK_BITS = 64  # what one subscriber has


def count_caller(rate_class: str, caller: Caller, *, about: str = "") -> Usage:
    """Counts a request of a tenant, or of a super admin outside any; `about` names one thing that has its own limit."""
    subject = caller.tenant_id.hex if caller.tenant_id else caller.id
    subject = f"{subject}:{about}" if about else subject
    return limits.count(f"{rate_class}:{subject}", limit=settings.RATE_LIMITS[rate_class])


def count_stranger(request: HttpRequest | Request) -> Usage:
    """Counts a request whose sender did not prove who it is, by where it comes from."""
    return limits.count(f"anonymous:{network(request)}", limit=settings.RATE_LIMITS["anonymous"])


def network(request: HttpRequest | Request) -> str:
    """Where a request comes from: an IPv4 address, or the network that an IPv6 subscriber has.

    A proxy in front of the hub tells the address; a Unix socket has none.
    """
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return "local"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))


def excess(usage: Usage) -> RateLimitedError:
    """The error of a request over the limit."""
    return RateLimitedError(
        f"Rate limit exceeded: {usage.limit} requests a minute. Please try again later",
        details={"limit": usage.limit},
        retry_after=usage.retry_after,
    )


def headers(usage: Usage) -> Mapping[str, str]:
    """`X-RateLimit-*`; the reset is in seconds since 1970."""
    return {
        "X-RateLimit-Limit": str(usage.limit),
        "X-RateLimit-Remaining": str(usage.remaining),
        "X-RateLimit-Reset": str(usage.resets_at),
    }
