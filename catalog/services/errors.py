"""What the catalog refuses."""

from collections.abc import Mapping
from typing import Self

from integrations_site.kernel.errors import ConflictError, ForbiddenError, NotFoundError


class ProviderNotFoundError(NotFoundError):
    """There is no such provider, or the caller is not to know of it."""

    code = "PROVIDER_NOT_FOUND"

    @classmethod
    def plainly(cls) -> Self:
        """The one message that every such refusal has."""
        return cls("There is no such provider; GET /api/integrations lists those that there are")


class ProviderExistsError(ConflictError):
    """Another provider has the identifier."""

    code = "PROVIDER_EXISTS"


class ProviderInUseError(ConflictError):
    """Tenants use the provider, so it cannot be removed; `details` counts who does."""

    code = "PROVIDER_IN_USE"

    @classmethod
    def by(cls, name: str, usage: Mapping[str, int]) -> Self:
        """The error that tells the counts."""
        told = ", ".join(f"{count} {what}" for what, count in usage.items() if count)
        return cls(
            f"{name} is in use ({told}); set its status to disabled, so that nobody connects to it any more",
            details={"usage": dict(usage)},
        )


class ProviderShippedError(ConflictError):
    """The provider comes with the hub and would be back with its next start."""

    code = "PROVIDER_SHIPPED"


class ProviderNotConfiguredError(ConflictError):
    """The hub has no client with the provider yet."""

    code = "PROVIDER_NOT_CONFIGURED"


class PlanRequiredError(ForbiddenError):
    """The tenant's plan does not include the provider."""

    code = "PLAN_REQUIRED"
