"""Codes and tokens that were given out, what became of them, and how often each was exchanged."""

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.clock import Clock, iso


@dataclass(frozen=True, slots=True)
class RefreshRule:
    """What an exchange does to a refresh token.

    With `rotates`, another one comes in its place, at once or only when it is older than `after_seconds`; the old one
    then serves for `grace_seconds` more. `lifetime_seconds` runs from the day a token was given out.
    """

    rotates: bool = False
    after_seconds: float = 0
    grace_seconds: float = 0
    lifetime_seconds: float | None = None


@dataclass(slots=True)
class Grant:
    """What a person agreed to: this account, these scopes, for this client; `members` of those that it reaches."""

    id: str
    vendor: str
    client_id: str
    account: Account
    scopes: tuple[str, ...]
    at: float
    members: tuple[str, ...] = ()
    revoked: bool = False


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    challenge: str
    challenge_method: str
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class AccessToken:
    """A token for the API. Without `expires_at` it lives until it is revoked."""

    text: str
    grant: Grant
    scopes: tuple[str, ...]
    expires_at: float | None
    revoked: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token; `exchanges` counts how often it brought tokens, `refused` how often it did not."""

    text: str
    grant: Grant
    issued_at: float
    replaced_at: float | None = None
    revoked: bool = False
    exchanges: int = 0
    refused: int = 0

    def described(self) -> dict[str, Any]:
        """For the control address."""
        state = "revoked" if self.revoked or self.grant.revoked else "spent" if self.replaced_at else "live"
        return {
            "vendor": self.grant.vendor,
            "account": self.grant.account.key,
            "grant": self.grant.id,
            "token": self.text,
            "state": state,
            "issuedAt": iso(self.issued_at),
            "exchanges": self.exchanges,
            "refused": self.refused,
        }


class InvalidGrantError(Exception):
    """The code or refresh token is unknown, spent, expired or revoked."""


@dataclass(slots=True)
class _Kept:
    grants: list[Grant] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)


class TokenStore:
    """All codes and tokens of the sandbox. What may happen once happens once, however many threads ask."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._kept = _Kept()

    def clear(self) -> None:
        """Forgets all; every token is unknown from then on."""
        with self._lock:
            self._kept = _Kept()

    def grant(
        self, *, vendor: str, client_id: str, account: Account, scopes: tuple[str, ...], members: tuple[str, ...] = ()
    ) -> Grant:
        """Notes a consent."""
        with self._lock:
            number = len(self._kept.grants) + 1
            grant = Grant(f"grant-{number}", vendor, client_id, account, scopes, self._clock.now(), members)
            self._kept.grants.append(grant)
        return grant

    def issue_code(self, grant: Grant, *, redirect_uri: str, challenge: str, method: str, seconds: float) -> str:
        """An authorization code for what was agreed to."""
        text = secrets.token_urlsafe(24)
        code = Code(grant, redirect_uri, challenge, method, self._clock.now() + seconds)
        with self._lock:
            self._kept.codes[text] = code
        return text

    def redeem_code(self, text: str, vendor: str, accept: Callable[[Code], bool]) -> Grant:
        """The grant behind a code, once. A code that comes again ends what it brought (RFC 6749, 4.1.2).

        Raises InvalidGrantError.
        """
        with self._lock:
            code = self._kept.codes.get(text)
            if code is None or code.grant.vendor != vendor:
                raise InvalidGrantError("the code is unknown")
            if code.used:
                code.grant.revoked = True
                raise InvalidGrantError("the code was used before; the tokens that it brought are revoked")
            if code.expires_at <= self._clock.now():
                raise InvalidGrantError("the code has expired")
            if not accept(code):
                raise InvalidGrantError("the code belongs to another client, redirect_uri or code_verifier")
            code.used = True
            return code.grant

    def issue_access(
        self, grant: Grant, text: str, *, seconds: float | None, scopes: tuple[str, ...] | None = None
    ) -> AccessToken:
        """Notes an access token."""
        expires_at = None if seconds is None else self._clock.now() + seconds
        token = AccessToken(text, grant, grant.scopes if scopes is None else scopes, expires_at)
        with self._lock:
            self._kept.access[text] = token
        return token

    def issue_refresh(self, grant: Grant, text: str) -> RefreshToken:
        """Notes a refresh token."""
        token = RefreshToken(text, grant, self._clock.now())
        with self._lock:
            self._kept.refresh[text] = token
        return token

    def exchange(
        self, text: str, *, vendor: str, client_id: str, rule: RefreshRule, make: Callable[[Grant], str]
    ) -> RefreshToken:
        """The refresh token to answer with: the same one, or a new one in its place. Raises InvalidGrantError."""
        with self._lock:
            token = self._kept.refresh.get(text)
            if token is None or (token.grant.vendor, token.grant.client_id) != (vendor, client_id):
                raise InvalidGrantError("the refresh token is unknown")
            now = self._clock.now()
            if reason := _why_dead(token, rule, now):
                token.refused += 1
                raise InvalidGrantError(reason)
            token.exchanges += 1
            if not rule.rotates or now - token.issued_at < rule.after_seconds:
                return token
            token.replaced_at = token.replaced_at or now
            return self.issue_refresh(token.grant, make(token.grant))

    def access(self, text: str | None) -> AccessToken | None:
        """The access token, dead or alive."""
        return self._kept.access.get(text or "")

    def is_live(self, token: AccessToken) -> bool:
        """Whether the token still opens anything."""
        dead = token.revoked or token.grant.revoked
        return not dead and (token.expires_at is None or token.expires_at > self._clock.now())

    def revoke(self, text: str) -> bool:
        """Ends the grant behind an access or refresh token; whether there was one."""
        token = self._kept.access.get(text) or self._kept.refresh.get(text)
        if token is not None:
            token.grant.revoked = True
        return token is not None

    def grants(self, vendor: str | None = None, account: str | None = None) -> list[Grant]:
        """All consents, or those of a vendor or of an account."""
        with self._lock:
            grants = list(self._kept.grants)
        return [
            grant
            for grant in grants
            if vendor in (None, grant.vendor) and account in (None, grant.account.key, grant.account.id)
        ]

    def end(self, grants: Iterable[Grant], *, kind: str, how: str) -> int:
        """Expires or revokes tokens: `kind` access, refresh or all; `how` expired or revoked. Answers how many."""
        ids = {grant.id for grant in grants}
        ended = 0
        with self._lock:
            if kind in ("access", "all"):
                for access in self._kept.access.values():
                    if access.grant.id in ids:
                        access.expires_at, access.revoked = self._clock.now(), how == "revoked" or access.revoked
                        ended += 1
            if kind in ("refresh", "all"):
                for refresh in self._kept.refresh.values():
                    if refresh.grant.id in ids:
                        refresh.revoked = True
                        ended += 1
        return ended

    def refresh_tokens(self) -> list[RefreshToken]:
        """All refresh tokens in the order in which they were given out."""
        with self._lock:
            return list(self._kept.refresh.values())


def _why_dead(token: RefreshToken, rule: RefreshRule, now: float) -> str | None:
    if token.revoked or token.grant.revoked:
        return "the refresh token was revoked"
    if rule.lifetime_seconds is not None and now >= token.issued_at + rule.lifetime_seconds:
        return "the refresh token has expired"
    if token.replaced_at is not None and now >= token.replaced_at + rule.grace_seconds:
        return "the refresh token was exchanged for another before"
    return None
