"""Calls to a third party on behalf of one connection, or with a secret alone."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Unpack

from django.conf import settings

from connections.sdk.errors import (
    CredentialError,
    DeadlinePassed,
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.sdk.http import RequestParts, VendorResponse
from connections.services.call_figures import counted
from connections.services.vendor_http.breaker import Breaker
from connections.services.vendor_http.building import Asked, Outgoing, Target
from connections.services.vendor_http.pacing import Pace
from connections.services.vendor_http.reading import read
from connections.services.vendor_http.throttle import Throttle
from integrations_site.kernel.http import (
    HttpClient,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRefusedError,
    Response,
    shared_client,
)

# How large an answer may be, and one that holds everything at once, which may take so long: less than a worker's
# patience with a run.
_MAX_BODY_BYTES, _LONG_BODY_BYTES, _LONG_SECONDS = 32 * 1024 * 1024, 96 * 1024 * 1024, 180.0
_UNAUTHORIZED = 401
# A call that was cut off at the deadline may end a little before it.
_SLACK_SECONDS = 0.05


class Access(Protocol):
    """Where the credential comes from."""

    def secret(self) -> Mapping[str, Any]:
        """What to authenticate with now. Raises VendorError where there is nothing."""

    def renewed(self, rejected: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What to authenticate with after the vendor said that access is over; None where it cannot be renewed.

        Raises VendorError where the renewal fails.
        """

    def refused(self, rejected: Mapping[str, Any], error: CredentialError) -> None:
        """The vendor does not accept this, and nothing renews it: whoever owns it learns of it."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A secret that is what it is."""

    values: Mapping[str, Any]

    def secret(self) -> Mapping[str, Any]:
        return self.values

    def renewed(self, rejected: Mapping[str, Any]) -> None:
        return None

    def refused(self, rejected: Mapping[str, Any], error: CredentialError) -> None:
        return


@dataclass(frozen=True, slots=True)
class Session:
    """Implements `connections.sdk.http.VendorHttp`. `deadline` is on the monotonic clock; None: there is none."""

    target: Target
    access: Access
    throttle: Throttle
    breaker: Breaker
    pace: Pace
    deadline: float | None = None

    def request(self, method: str, path: str, **parts: Unpack[RequestParts]) -> VendorResponse:
        """As `VendorHttp.request` says."""
        asked = Asked(method, path, **parts)
        self._seconds_left()
        secret = self.access.secret()
        try:
            return self._guarded(asked, secret)
        except CredentialError as error:
            renewed = self._renewed(secret, error)
            if renewed is None:
                raise
        try:
            return self._guarded(asked, renewed)
        except CredentialError as error:
            self._refused(renewed, error)
            raise

    def pause(self, attempt: int) -> None:
        """As `VendorHttp.pause` says, unless the deadline passes meanwhile."""
        wait = self.pace.wait_after_unreadable(attempt)
        if not self._is_late(after=wait):
            self.pace.sleep(wait)

    def filled(self, text: str) -> str:
        """As `VendorHttp.filled` says; the credential is read only where there is something to fill."""
        if "{" not in text:
            return text
        self._seconds_left()
        return self.target.filled(text, self.access.secret())

    def _renewed(self, secret: Mapping[str, Any], error: CredentialError) -> Mapping[str, Any] | None:
        """What to try again with; None where there is nothing else, which is then known to the connection."""
        renewed = None
        if _is_over(error):
            self._seconds_left()
            renewed = self.access.renewed(secret)
        if renewed is None:
            self._refused(secret, error)
        return renewed

    def _refused(self, secret: Mapping[str, Any], error: CredentialError) -> None:
        """A credential that is good, but not for this, stays as it is."""
        if error.status is not None and not error.is_good_otherwise:
            self.access.refused(secret, error)

    def _guarded(self, asked: Asked, secret: Mapping[str, Any]) -> VendorResponse:
        """One call as the circuit breaker sees it, however often it is sent."""
        outgoing = self.target.build(asked, secret)
        self.breaker.admit()
        try:
            answer = self._repeated(asked, outgoing)
        except (ProviderUnavailable, OutcomeUnknown):
            if not self._is_late():
                self.breaker.failed()
            raise
        except (CredentialError, ProviderRejected):
            self.breaker.succeeded()
            raise
        self.breaker.succeeded()
        return answer

    def _repeated(self, asked: Asked, outgoing: Outgoing) -> VendorResponse:
        attempt = 1
        while True:
            self._seconds_left()
            permit = self.throttle.wait(self.deadline, seconds=_longest(asked))
            try:
                return self._counted(asked, outgoing)
            except VendorError as error:
                if isinstance(error, RateLimited) and error.retry_after:
                    self.throttle.pause(error.retry_after)
                wait = self.pace.wait_before_retry(error, attempt=attempt, is_repeatable=asked.is_repeatable)
                if wait is None or self._is_late(after=wait):
                    raise
            finally:
                self.throttle.release(permit)
            self.pace.sleep(wait)
            attempt += 1

    def _counted(self, asked: Asked, outgoing: Outgoing) -> VendorResponse:
        with counted(self.target.definition.provider):
            sent = self._sent(asked, outgoing)
            answer = read(sent, self.target.definition, self.target.connection, outgoing.secrets)
        return replace(answer, address=outgoing.address)

    def _sent(self, asked: Asked, outgoing: Outgoing) -> Response:
        """The answer. The messages of the HTTP door name the host, and nothing else of the request."""
        client: HttpClient = shared_client()
        try:
            return client.send(
                outgoing.method,
                outgoing.url,
                headers=outgoing.headers,
                body=outgoing.body,
                total_seconds=self._seconds_left(_longest(asked)),
                max_body_bytes=_LONG_BODY_BYTES if asked.is_long else _MAX_BODY_BYTES,
            )
        except OutcomeUnknownError as error:
            kind = self._unavailable() if asked.is_repeatable else OutcomeUnknown
            raise kind(error.message) from None
        except ProviderUnavailableError as error:
            raise self._unavailable()(error.message) from None
        except RequestRefusedError as error:
            raise ProviderRejected(error.message, code=error.code) from None

    def _seconds_left(self, longest: float = _LONG_SECONDS) -> float:
        """For one request, which may take so long. Raises DeadlinePassed."""
        if self.deadline is None:
            return longest
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlinePassed(f"{self.target.definition.display_name} did not answer in the time that was given")
        return min(left, longest)

    def _is_late(self, *, after: float = 0.0) -> bool:
        """Whether the deadline will have passed after so many seconds."""
        return self.deadline is not None and time.monotonic() + after >= self.deadline - _SLACK_SECONDS

    def _unavailable(self) -> type[VendorError]:
        """What a call that came to nothing is: a vendor that was cut off is not to blame."""
        return DeadlinePassed if self._is_late() else ProviderUnavailable


def _longest(asked: Asked) -> float:
    """How many seconds its answer may take."""
    return _LONG_SECONDS if asked.is_long else float(settings.OUTGOING_TIMEOUT_SECONDS)


def _is_over(error: CredentialError) -> bool:
    """Whether access may merely have expired: by the status, or by a code such as Slack's `token_expired`."""
    return not error.is_good_otherwise and (error.status == _UNAUTHORIZED or "expired" in error.code)
