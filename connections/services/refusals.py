"""Why something about integrations and connections is refused."""

from collections.abc import Mapping
from typing import Any, Self

from integrations_site.kernel.errors import ConflictError, HubError, InvalidInputError, NotFoundError


class IntegrationNotFoundError(NotFoundError):
    """There is no such integration in the tenant."""

    code = "INTEGRATION_NOT_FOUND"

    def __init__(self, message: str = "There is no such integration", **told: Any) -> None:
        super().__init__(message, **told)


class ConnectionNotFoundError(NotFoundError):
    """There is no such connection, or it is somebody else's."""

    code = "CONNECTION_NOT_FOUND"

    def __init__(self, message: str = "There is no such connection", **told: Any) -> None:
        super().__init__(message, **told)


class IntegrationNameTakenError(ConflictError):
    """Another integration of the tenant has the name."""

    code = "INTEGRATION_NAME_TAKEN"

    @classmethod
    def of(cls, name: str) -> Self:
        """The error for this name."""
        return cls(
            f"There is an integration named {name} already; choose another name",
            details={"fields": {"name": ["Another integration has this name."]}},
        )


class IntegrationDisabledError(ConflictError):
    """Nothing can be connected while an integration is disabled."""

    code = "INTEGRATION_DISABLED"


class UserScopeError(ConflictError):
    """The connections of the integration are each user's own, or they are not; the request took it for the other."""

    code = "USER_SCOPE"


class InvalidCredentialsError(InvalidInputError):
    """The credentials are of the wrong kind or form, or the provider does not accept them."""

    code = "INVALID_CREDENTIALS"

    @classmethod
    def of_fields(cls, fields: Mapping[str, list[str]]) -> Self:
        """The error for fields with what is wrong about each."""
        name, (problem, *_) = next(iter(fields.items()))
        return cls(f"{name}: {problem}".removesuffix("."), details={"fields": dict(fields)})


class ConnectionFailedError(HubError):
    """The third party cannot be reached, or does not answer as it should. Nothing was changed."""

    status, code = 502, "CONNECTION_FAILED"


class ConsentRequiredError(ConflictError):
    """What is asked for takes the consent of the account's owner at the provider."""

    code = "CONSENT_REQUIRED"
