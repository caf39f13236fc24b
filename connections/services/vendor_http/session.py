"""Calls to a third party on behalf of one connection, or with a secret alone."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from connections.sdk.errors import (
    CredentialError,
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.sdk.http import VendorResponse
from connections.services.vendor_http import figures
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

_MAX_BODY_BYTES = 32 * 1024 * 1024
_UNAUTHORIZED = 401


class Access(Protocol):
    """Where the credential comes from."""

    def secret(self) -> Mapping[str, Any]:
        """What to authenticate with now. Raises VendorError where there is nothing."""

    def renewed(self, rejected: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What to authenticate with after the vendor said that access is over; None where it cannot be renewed.

        Raises VendorError where the renewal fails.
        """


@dataclass(frozen=True, slots=True)
class Fixed:
    """A secret that is what it is."""

    values: Mapping[str, Any]

    def secret(self) -> Mapping[str, Any]:
        return self.values

    def renewed(self, rejected: Mapping[str, Any]) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Session:
    """Implements `connections.sdk.http.VendorHttp`."""

    target: Target
    access: Access
    throttle: Throttle
    breaker: Breaker
    pace: Pace

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> VendorResponse:
        """As `VendorHttp.request` says."""
        asked = Asked(method, path, query or {}, headers or {}, json, form, body)
        secret = self.access.secret()
        try:
            return self._guarded(asked, secret)
        except CredentialError as error:
            renewed = self.access.renewed(secret) if _is_over(error) else None
            if renewed is None:
                raise
        return self._guarded(asked, renewed)

    def _guarded(self, asked: Asked, secret: Mapping[str, Any]) -> VendorResponse:
        """One call as the circuit breaker sees it, however often it is sent."""
        outgoing = self.target.build(asked, secret)
        self.breaker.admit()
        try:
            answer = self._repeated(asked, outgoing)
        except (ProviderUnavailable, OutcomeUnknown):
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
            self.throttle.wait()
            try:
                return self._counted(asked, outgoing)
            except VendorError as error:
                if isinstance(error, RateLimited) and error.retry_after:
                    self.throttle.pause(error.retry_after)
                wait = self.pace.wait_before_retry(error, attempt=attempt, is_repeatable=asked.is_repeatable)
                if wait is None:
                    raise
            self.pace.sleep(wait)
            attempt += 1

    def _counted(self, asked: Asked, outgoing: Outgoing) -> VendorResponse:
        started, outcome = time.monotonic(), "ok"
        try:
            return read(self._sent(asked, outgoing), self.target.definition, self.target.connection)
        except VendorError as error:
            outcome = type(error).__name__
            raise
        finally:
            provider = self.target.definition.provider
            figures.note(provider=provider, outcome=outcome, seconds=time.monotonic() - started)

    def _sent(self, asked: Asked, outgoing: Outgoing) -> Response:
        """The answer. The messages of the HTTP door name the host, and nothing else of the request."""
        client: HttpClient = shared_client()
        try:
            return client.send(
                outgoing.method,
                outgoing.url,
                headers=outgoing.headers,
                body=outgoing.body,
                max_body_bytes=_MAX_BODY_BYTES,
            )
        except OutcomeUnknownError as error:
            kind = ProviderUnavailable if asked.is_repeatable else OutcomeUnknown
            raise kind(error.message) from None
        except ProviderUnavailableError as error:
            raise ProviderUnavailable(error.message) from None
        except RequestRefusedError as error:
            raise ProviderRejected(error.message, code=error.code) from None


def _is_over(error: CredentialError) -> bool:
    """Whether access may merely have expired: by the status, or by a code such as Slack's `token_expired`."""
    return error.status == _UNAUTHORIZED or "expired" in error.code
