"""Testing providers before any tenant uses them: are they reachable, and is the hub known to them. For super admins."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.definition import PLACEHOLDER, ProviderDefinition
from catalog.models import Provider
from catalog.services.errors import ProviderNotConfiguredError
from catalog.services.providers import definition_of, hub_transaction
from catalog.services.secrets import oauth_client
from connections.services.addresses import reachable
from connections.services.testing import TestResult
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.kernel.http import shared_client

_SECONDS = 10.0
_FAULT = 500
_NOTHING = (
    "The catalog holds no address of this provider, so nothing was tested: it is listed, and takes credentials, but "
    "cannot be called"
)
_EACH_ITS_OWN = (
    "Where this provider is differs from account to account ({}), so nothing was asked without one; try one of its "
    "data types with the credentials of an account instead"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, whether it is as it should be, and what was found."""

    what: str
    is_good: bool
    found: str


def test_provider(*, provider: Provider, actor: Actor) -> TestResult:
    """Asks each address of the provider for any answer at all, without a credential, and looks for the hub's client.

    Addresses with placeholders differ from tenant to tenant and are left out. Nothing is stored but the audit entry.
    """
    definition = definition_of(provider)
    started = time.monotonic()
    findings = [*_of_client(provider, definition), *_of_addresses(definition)]
    milliseconds = round((time.monotonic() - started) * 1000)
    result = _result(findings, milliseconds) if findings else _untested(definition)
    with hub_transaction():
        told = {"provider": provider.provider, "success": result.success}
        announce(action="provider.tested", actor=actor, subject=provider.public_id, data=told)
    return result


def _of_client(provider: Provider, definition: ProviderDefinition) -> Iterator[Finding]:
    if definition.oauth_config is None:
        return
    try:
        client = oauth_client(provider)
    except ProviderNotConfiguredError as error:
        yield Finding("client", False, error.message)
    else:
        yield Finding("client", True, f"The hub is known as {client.client_id}")


def _of_addresses(definition: ProviderDefinition) -> Iterator[Finding]:
    for what, url in _addresses(definition):
        if PLACEHOLDER.search(url):
            continue
        yield _reached(what, url)


def _addresses(definition: ProviderDefinition) -> Iterator[tuple[str, str]]:
    if definition.connection:
        yield "baseUrl", definition.connection.base_url
    if oauth := definition.oauth_config:
        yield "authorizationUrl", oauth.authorization_url
        yield "tokenUrl", oauth.token_url


def _reached(what: str, url: str) -> Finding:
    """Any answer but a fault of the server's will do: without a credential most addresses refuse."""
    try:
        answer = shared_client().send("GET", reachable(url), total_seconds=_SECONDS, max_body_bytes=1024)
    except HubError as error:
        return Finding(what, False, error.message)
    return Finding(what, answer.status < _FAULT, f"It answers with status {answer.status}")


def _untested(definition: ProviderDefinition) -> TestResult:
    """That nothing could be asked, and why."""
    addresses = ", ".join(f"{what} is {url}" for what, url in _addresses(definition))
    message = _EACH_ITS_OWN.format(addresses) if addresses else _NOTHING
    return TestResult(success=False, error="NOT_TESTABLE", message=message)


def _result(findings: list[Finding], milliseconds: int) -> TestResult:
    details = {each.what: each.found for each in findings}
    wrong = [each for each in findings if not each.is_good]
    if wrong:
        message = "; ".join(f"{each.what}: {each.found}" for each in wrong)
        return TestResult(
            success=False, error="CONNECTION_FAILED", message=message, response_time=milliseconds, details=details
        )
    return TestResult(
        success=True, message="Everything that was asked answers", response_time=milliseconds, details=details
    )
