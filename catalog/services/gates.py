"""Which providers a tenant sees, and which of them it may use.

Only active providers for tenants are seen. One that the tenant's plan does not include is seen all the same, as not
available: document 002 gives each item of the catalog `isAvailable`, and what is hidden cannot be booked.
"""

from django.db.models import QuerySet

from catalog.models import Provider
from catalog.services.errors import PlanRequiredError, ProviderNotFoundError
from integrations_site.kernel import ids
from integrations_site.tenancy import plans
from integrations_site.tenancy.models import Tenant


def visible_providers() -> QuerySet[Provider]:
    """The providers that a tenant's people see, in no order."""
    return Provider.objects.filter(status=Provider.Status.ACTIVE, audience=Provider.Audience.TENANT)


def is_visible(provider: Provider) -> bool:
    """Whether a tenant's people see the provider."""
    return bool(provider.status == Provider.Status.ACTIVE and provider.audience == Provider.Audience.TENANT)


def plan_needed(provider: Provider) -> str:
    """The plan that a tenant needs for the provider; empty where every plan will do."""
    return provider.required_plan or (plans.PREMIUM if provider.is_premium else "")


def is_available(provider: Provider, tenant: Tenant) -> bool:
    """Whether the tenant may connect the provider."""
    return is_visible(provider) and plans.covers(tenant.plan, plan_needed(provider))


def require_available(provider: Provider, tenant: Tenant) -> None:
    """Raises ProviderNotFoundError where the tenant does not see it, PlanRequiredError where it sees it only."""
    if not is_visible(provider):
        raise ProviderNotFoundError.plainly()
    needed = plan_needed(provider)
    if not plans.covers(tenant.plan, needed):
        raise PlanRequiredError(
            f"{provider} needs the plan {needed}; yours is {tenant.plan}. Ask whoever runs the hub to change it",
            details={"requiredPlan": needed, "plan": tenant.plan},
        )


def find_provider(providers: QuerySet[Provider], *, public_id: str, category: str | None = None) -> Provider:
    """The one of `providers` that an address names by its id, and its category where that is given.

    Raises ProviderNotFoundError, also where the category is another one's.
    """
    key = ids.parse(Provider.id_kind, public_id)
    found = providers.filter(pk=key).first() if key else None
    if found is None or (category is not None and found.category != category):
        raise ProviderNotFoundError.plainly()
    return found
