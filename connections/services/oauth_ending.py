"""The end of a consent, as callers of document 002 bring it, and as browsers come back from providers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings

from connections.models import Connection
from connections.services.oauth import finish_consent, return_url_of
from connections.services.service_connections import provider_of
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError

# What a page that begins a consent leaves in the browser, so that no other browser can end it.
BROWSER_COOKIE = "hub_consent"


def end_consent(*, query: Mapping[str, str], actor: Actor, service: str) -> Connection:
    """The connection, active, after the caller brought back what the provider added to the redirect address.

    Raises what `provider_of` and `finish_consent` raise.
    """
    provider_of(service)
    return finish_consent(state=query.get("state", ""), query=query, actor=actor)


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a browser goes after a consent; or, where nobody said, what went wrong."""

    address: str = ""
    problem: str = ""
    status: int = 200

    @classmethod
    def of(cls, *, query: Mapping[str, str], browser: str) -> Self:
        """Ends the consent that a browser comes back from. `browser` is the secret of the one that began it, if any.

        The browser goes to the return address with `connected` (the connection's id) or `error` (a code); without one,
        to the hub's own page, and is told of errors right away.
        """
        state = query.get("state", "")
        return_url = return_url_of(state)
        try:
            connection = finish_consent(state=state, query=query, actor=None, browser=browser)
        except HubError as error:
            if return_url:
                return cls(address=_with(return_url, error=error.code))
            return cls(problem=error.message, status=error.status)
        return cls(address=_with(return_url or done_page(), connected=connection.public_id))


def done_page() -> str:
    """The hub's own page for the end of a consent."""
    return f"{settings.HUB_BASE_URL}/integrations/done"


def _with(address: str, **told: str) -> str:
    """The address with more in its query."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(told))))))
