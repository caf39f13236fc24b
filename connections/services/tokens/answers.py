"""Reading what a token endpoint answers (RFC 6749, sections 5.1 and 5.2), with each vendor's differences."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.definition import OAuthConfig
from connections.sdk.decoding import mended, read_leniently
from connections.sdk.errors import (
    AnswerUnreadable,
    CredentialError,
    ProviderRejected,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.sdk.paths import value_at
from connections.services.redacting import InUse
from connections.services.retry_after import seconds_told
from integrations_site.kernel import clock
from integrations_site.kernel.http import Response

# The grant (a code or a refresh token) is over; RFC 6749's word, and Slack's.
_GRANT_IS_OVER = {"invalid_grant", "invalid_refresh_token", "invalid_code", "code_already_used", "token_revoked"}
_CLIENT_IS_REFUSED = {"invalid_client", "unauthorized_client", "invalid_client_id", "bad_client_secret"}
_SEPARATORS = re.compile(r"[ ,]+")
_TOO_MANY, _BUSY = 429, 503
_LONGEST_MESSAGE, _LONGEST_CODE = 300, 100
_LEEWAY = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a vendor gave. `scopes` is None where it does not say: then what was asked for (RFC 6749, section 5.1)."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: dt.datetime | None
    refresh_expires_at: dt.datetime | None
    scopes: tuple[str, ...] | None
    answer: Mapping[str, Any] = field(repr=False)

    def as_secret(self, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The form in which it is kept. A refresh token that did not come anew stays what it was `before`."""
        kept = {"accessToken": self.access_token, "refreshToken": self.refresh_token}
        if not self.refresh_token and before:
            kept["refreshToken"] = before.get("refreshToken", "")
        instants = {"expiresAt": self.expires_at, "renewAt": self.renew_at, "refreshExpiresAt": self.refresh_expires_at}
        return kept | {name: instant.isoformat() for name, instant in instants.items() if instant}

    @property
    def renew_at(self) -> dt.datetime | None:
        """When access is renewed: a minute before it ends, or half of a short life before."""
        if self.expires_at is None:
            return None
        return self.expires_at - min(_LEEWAY, (self.expires_at - clock.now()) / 2)


def read_tokens(answer: Response, config: OAuthConfig, *, vendor: str, secrets: InUse) -> Tokens:
    """The tokens. Raises VendorError: CredentialError where the code or refresh token is not accepted.

    What the error repeats of the answer is without the secrets that were sent.
    """
    body = read_leniently(mended(answer.body))
    error = value_at(body, config.error_path)
    if answer.status >= 300 or error:
        raise _error(answer, str(error or ""), body, vendor, secrets)
    paths = config.token_paths
    access = value_at(body, paths.access_token)
    if not isinstance(access, str) or not access:
        raise AnswerUnreadable(f"{vendor} gave an answer without an access token", status=answer.status)
    scope = value_at(body, paths.scope)
    return Tokens(
        access_token=access,
        refresh_token=str(value_at(body, paths.refresh_token) or ""),
        expires_at=_after(_seconds(value_at(body, paths.expires_in)) or config.lifetime_seconds),
        refresh_expires_at=_after(config.refresh_lifetime_seconds),
        scopes=tuple(filter(None, _SEPARATORS.split(scope))) if isinstance(scope, str) else None,
        answer=body,
    )


def _error(answer: Response, code: str, body: Any, vendor: str, secrets: InUse) -> VendorError:
    status, seconds = answer.status, seconds_told(answer.headers.get("retry-after", "").strip())
    told = value_at(body, "error_description")
    said = f": {secrets.without(str(told or code))[:_LONGEST_MESSAGE]}" if told or code else ""
    code = secrets.without(code)[:_LONGEST_CODE]
    if code in _GRANT_IS_OVER:
        return CredentialError(f"{vendor} does not accept the authorization any more{said}", code=code, status=status)
    if code in _CLIENT_IS_REFUSED or status == 401:
        return ProviderRejected(f"{vendor} does not know the OAuth client that is set up for it{said}", code=code)
    if status == _TOO_MANY or code in {"ratelimited", "rate_limited"}:
        return RateLimited(f"{vendor} limits how often tokens are asked for", retry_after=seconds, code=code)
    if status == _BUSY and seconds is not None:
        return RateLimited(f"{vendor} cannot give tokens at the moment{said}", retry_after=seconds, code=code)
    if status >= 500 or code in {"server_error", "temporarily_unavailable", "internal_error"}:
        return ProviderUnavailable(f"{vendor} cannot give tokens at the moment{said}", code=code, status=status)
    return ProviderRejected(f"{vendor} refused to give tokens{said}", code=code, status=status)


def _seconds(told: Any) -> float | None:
    """`expires_in` is a number; some vendors send it as a text."""
    try:
        seconds = float(told)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < 10**9 else None


def _after(seconds: float | None) -> dt.datetime | None:
    return clock.now() + dt.timedelta(seconds=seconds) if seconds else None
