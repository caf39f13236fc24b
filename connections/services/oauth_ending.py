"""The end of a consent, as callers of document 002 bring it, and as browsers come back from providers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings

from connections.models import Connection
from connections.services.errors import AccountChangedError, OAuthCallerError, OAuthStateError
from connections.services.oauth import (
    finish_consent,
    held_by,
    hold_consent,
    of_browser,
    of_program,
    return_url_of,
    service_of,
)
from connections.services.service_connections import provider_of
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError

# What a page that begins a consent leaves in the browser, so that no other browser can end it.
BROWSER_COOKIE = "hub_consent"
# What is left in a browser that came back from a consent of which it is not known whether it began there.
HOLDER_COOKIE = "hub_consent_held"


@dataclass(frozen=True, slots=True)
class Bringer:
    """Who comes back from a provider: the person who is logged in there, if any, and what the request tells.

    `network` is where a program comes from; it is empty for a browser, in which people can be lured here.
    """

    person: Actor | None = None
    browser: str = ""
    holder: str = field(default="", repr=False)
    network: str = ""

    @property
    def is_browser(self) -> bool:
        """Whether a person may have been led here."""
        return not self.network

    @property
    def binding(self) -> str:
        """What a consent may be bound to that was begun there."""
        return of_browser(self.browser) if self.browser or self.is_browser else of_program(self.network)


def end_consent(*, query: Mapping[str, str], actor: Actor, service: str) -> Connection:
    """The connection, active, after the caller brought back what the provider added to the redirect address.

    A state of another service's consent is not taken: what one provider leads back with is never handed to another
    (RFC 9700, section 2.1). Raises OAuthStateError, and what `provider_of` and `finish_consent` raise.
    """
    provider_of(service)
    state = query.get("state", "")
    if service_of(state) not in ("", service):
        raise OAuthStateError("This consent was started with another service; bring it to that service's callback")
    return finish_consent(state=state, query=query, actor=actor)


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a browser goes after a consent; or, where nobody said, what went wrong. `holder` is a new cookie of it."""

    address: str = ""
    problem: str = ""
    status: int = 200
    holder: str = field(default="", repr=False)

    @classmethod
    def of(cls, *, query: Mapping[str, str], bringer: Bringer) -> Self:
        """Ends the consent that a browser or a program comes back from, where it is the one that began it.

        It goes to the return address with `connected` (the connection's id) or `error` (a code); without one, to the
        hub's own page, and is told of errors right away. Any other browser is led to the page that asks a person of
        the tenant to confirm the consent.
        """
        state = query.get("state", "")
        if held := held_by(state=state, holder=bringer.holder):
            return cls(address=confirmation_page(held))
        try:
            return cls.with_connection(
                finish_consent(state=state, query=query, actor=bringer.person, browser=bringer.binding),
                return_url_of(state),
            )
        except OAuthCallerError as error:
            return cls._held(state, query) if bringer.is_browser else cls.after_error(error, return_url_of(state))
        except HubError as error:
            return cls.after_error(error, return_url_of(state))

    @classmethod
    def with_connection(cls, connection: Connection, return_url: str) -> Self:
        """All went well; `missing` are the scopes that the account's owner did not grant."""
        missing = {"missing": " ".join(connection.missing_scopes)} if connection.missing_scopes else {}
        return cls(address=_with(return_url or done_page(), connected=connection.public_id, **missing))

    @classmethod
    def after_error(cls, error: HubError, return_url: str) -> Self:
        """Nothing was connected. The hub's own page is told the connection where another account can be confirmed."""
        if return_url:
            is_confirmed_here = isinstance(error, AccountChangedError) and return_url == done_page()
            told = {"connection": error.details.get("connection", "")} if is_confirmed_here else {}
            return cls(address=_with(return_url, error=error.code, **told))
        return cls(problem=error.message, status=error.status)

    @classmethod
    def _held(cls, state: str, query: Mapping[str, str]) -> Self:
        try:
            held = hold_consent(state=state, query=query)
        except (OAuthCallerError, OAuthStateError) as error:
            return cls.after_error(error, return_url_of(state))
        return cls(address=confirmation_page(held.public_id), holder=held.holder)


def done_page() -> str:
    """The hub's own page for the end of a consent."""
    return f"{settings.HUB_BASE_URL}/integrations/done"


def confirmation_page(public_id: str) -> str:
    """The hub's page on which a person confirms a consent that was begun elsewhere."""
    return f"{settings.HUB_BASE_URL}/integrations/consents/{public_id}"


def _with(address: str, **told: str) -> str:
    """The address with more in its query."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(told))))))
