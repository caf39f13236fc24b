"""Testing connections: does the provider accept the credential, and whose account is it."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from catalog.definition import ProviderDefinition
from catalog.services.providers import definition_of
from connections.models import Activity, Connection, Integration
from connections.sdk.accounts import Account
from connections.sdk.connector import Connector, ConnectorConfig
from connections.sdk.errors import CredentialError, VendorError
from connections.services.activities import record_activity
from connections.services.connectors import BUILT_IN, connector_for, connector_of
from connections.services.errors import ReconnectNeededError
from connections.services.lost_access import lose_access
from connections.services.refusals import ConnectionFailedError, ConnectionNotFoundError, InvalidCredentialsError
from connections.services.standing import locked_with_standing, settle_status
from connections.services.vendor_http import provider_http
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError

NOT_TESTABLE = (
    "The catalog does not say how this provider is called, so nothing was tested. "
    "The credentials are kept, and have not been verified"
)
_Status = Connection.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What came of a test. `error` is a code, `message` is for people; `response_time` is in milliseconds."""

    success: bool
    message: str
    error: str | None = None
    tested_at: dt.datetime = field(default_factory=clock.now)
    response_time: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the provider was asked about credentials at all, and whose they are, where it tells."""

    was_made: bool
    account: Account | None = None


def is_testable(definition: ProviderDefinition) -> bool:
    """Whether the hub knows how to call the provider."""
    return definition.connection is not None or definition.connector in BUILT_IN


def trial_connector(
    definition: ProviderDefinition, *, secret: Mapping[str, Any], settings: Mapping[str, Any]
) -> Connector:
    """A connector with a secret that belongs to no connection (yet)."""
    config = ConnectorConfig(definition, settings, account_id="")
    return connector_for(config, provider_http(definition, secret, settings=settings))


def verify(*, integration: Integration, secret: Mapping[str, Any]) -> Verification:
    """Asks the provider about credentials before they are kept. It belongs outside any transaction.

    Raises InvalidCredentialsError where the provider does not accept them, ConnectionFailedError where it cannot be
    asked.
    """
    definition = definition_of(integration.provider)
    if not is_testable(definition):
        return Verification(False)
    try:
        account = trial_connector(definition, secret=secret, settings=integration.settings).check()
    except CredentialError as error:
        message = f"{definition.display_name} does not accept these credentials: {error.message}"
        raise InvalidCredentialsError(message) from error
    except VendorError as error:
        raise ConnectionFailedError(
            f"{definition.display_name} could not be asked about these credentials: {error.message}. "
            "Nothing was kept; try again later",
            details={"vendorCode": error.code} if error.code else None,
        ) from error
    return Verification(True, account)


def test_connection(*, connection: Connection, actor: Actor) -> TestResult:
    """Tries a connection and keeps what came of it: when, what was wrong, and whether somebody must connect anew.

    A passing test of a connection that had lost its access makes it active again; one that shows that it has lost it
    tells its owner, once, as every call does. Of one that was ended, or connected anew, while the
    provider was asked, nothing changes: what was tried is not what it has now.
    """
    integration = connection.integration
    definition = definition_of(integration.provider)
    if connection.status in (_Status.PENDING, _Status.REVOKED):
        return TestResult(success=False, error="NOT_CONNECTED", message=f"{integration} is not connected")
    if not is_testable(definition):
        return TestResult(success=False, error="NOT_TESTABLE", message=NOT_TESTABLE)
    started = time.monotonic()
    outcome = _asked(connection)
    milliseconds = round((time.monotonic() - started) * 1000)
    return _kept(connection, outcome, milliseconds, actor)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a provider said: the account, or what is wrong; `loses` is how it stands where only a new connect helps."""

    account: Account | None = None
    code: str = ""
    problem: str = ""
    loses: Connection.Status | None = None


def _asked(connection: Connection) -> _Outcome:
    """Asks the provider, outside any transaction."""
    try:
        account = connector_of(connection, purpose="test").check()
    except (CredentialError, ReconnectNeededError) as error:
        if isinstance(error, CredentialError) and error.is_good_otherwise:
            return _Outcome(code="CONNECTION_FAILED", problem=error.message)
        return _Outcome(code="INVALID_CREDENTIALS", problem=error.message, loses=_Status.EXPIRED)
    except VendorError as error:
        return _Outcome(code="CONNECTION_FAILED", problem=error.message)
    except HubError as error:
        return _Outcome(code=error.code, problem=error.message)
    if account and account.id and connection.account_id and account.id != connection.account_id:
        problem = f"The credential now belongs to {account.name or account.id}, not to {connection.account_name}"
        return _Outcome(code="ACCOUNT_CHANGED", problem=problem, loses=_Status.ERROR)
    return _Outcome(account=account)


@transaction.atomic
def _kept(connection: Connection, outcome: _Outcome, milliseconds: int, actor: Actor) -> TestResult:
    result = _result(outcome, milliseconds)
    row = locked_with_standing(connection.pk)
    if row.removed_at is not None:
        raise ConnectionNotFoundError
    told = {"success": result.success, "error": result.error}
    announce(action="connection.tested", actor=actor, subject=row.public_id, data=told)
    if row.connected_at == connection.connected_at and row.status not in (_Status.PENDING, _Status.REVOKED):
        _settle(row, outcome, result.tested_at)
    record_activity(
        integration=row.integration,
        connection=row,
        type=Activity.Type.TEST,
        status=Activity.Status.SUCCESS if result.success else Activity.Status.FAILED,
        details={name: value for name, value in told.items() if value is not None} | {"responseTime": milliseconds},
    )
    return result


def _settle(row: Connection, outcome: _Outcome, at: dt.datetime) -> None:
    """Writes what the test says about the connection."""
    if outcome.loses:
        lose_access(row, outcome.problem, status=outcome.loses)
        return
    row.validation_error = outcome.problem[:500]
    if not outcome.code:
        row.status, row.last_validated_at, row.told_at = _Status.ACTIVE, at, None
        if outcome.account and not row.account_id:
            row.account_id, row.account_name = outcome.account.id, outcome.account.name
    row.save()
    settle_status(row.integration)


def _result(outcome: _Outcome, milliseconds: int) -> TestResult:
    if outcome.code:
        advice = ". Connect it again" if outcome.loses else ". Try again later"
        message = outcome.problem.removesuffix(".") + advice
        return TestResult(success=False, error=outcome.code, message=message, response_time=milliseconds)
    account = outcome.account
    details = {"accountId": account.id, "accountName": account.name} if account else {}
    return TestResult(
        success=True, message="The provider accepts the credential", response_time=milliseconds, details=details
    )
