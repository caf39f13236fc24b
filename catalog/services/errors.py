"""What the catalog refuses."""

from collections.abc import Mapping
from typing import Self

from catalog.services.usage import Usage
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
    """Tenants use the provider, so it cannot be removed; `details` counts what does, and names the first tenants."""

    code = "PROVIDER_IN_USE"

    @classmethod
    def by(cls, name: str, usage: Usage) -> Self:
        """The error that says who does."""
        told = _counted(usage.counts)
        if usage.tenants:
            named = ", ".join(f"{tenant.name} ({tenant.public_id})" for tenant in usage.tenants)
            more = usage.counts.get("tenants", 0) - len(usage.tenants)
            told += f": {named} and {more} more" if more > 0 else f": {named}"
        return cls(
            f"{name} is in use ({told}); set its status to disabled, so that nobody connects to it any more",
            details={
                "usage": dict(usage.counts),
                "tenants": [{"id": tenant.public_id, "name": tenant.name} for tenant in usage.tenants],
            },
        )


class ProviderReferredToError(ConflictError):
    """Nobody uses the provider any more, but what is kept of the past refers to it; `details` counts that."""

    code = "PROVIDER_REFERRED_TO"

    @classmethod
    def by(cls, name: str, kept: Mapping[str, int]) -> Self:
        """The error that says what does."""
        refer = "refers" if sum(kept.values()) == 1 else "refer"
        return cls(
            f"Nobody uses {name} any more, but {_counted(kept)} still {refer} to it, kept for the audit trail, so it "
            "stays; set its status to disabled, and no tenant sees it",
            details={"usage": dict(kept)},
        )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what.removesuffix('s') if count == 1 else what}" for what, count in counts.items())


class ProviderShippedError(ConflictError):
    """The provider comes with the hub and would be back with its next start."""

    code = "PROVIDER_SHIPPED"


class ProviderNotConfiguredError(ConflictError):
    """The hub has no client with the provider yet."""

    code = "PROVIDER_NOT_CONFIGURED"


class PlanRequiredError(ForbiddenError):
    """The tenant's plan does not include the provider."""

    code = "PLAN_REQUIRED"
