"""Narrowing and sorting lists of providers."""

from typing import get_args

from catalog.definition.words import Category
from catalog.models import Provider
from integrations_site.api.filters import ChoiceFilter, FilterSet

CATEGORIES = [(word, word) for word in get_args(Category)]
SEARCHED = ("name", "display_name", "description", "provider")
SORTED = {
    "name": "name",
    "displayName": "display_name",
    "provider": "provider",
    "category": "category",
    "status": "status",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}
DEFAULT_SORTING = ("display_name", "pk")


class CatalogFilters(FilterSet):
    """What people of a tenant may narrow the catalog by."""

    category = ChoiceFilter(choices=CATEGORIES, help_text="Providers of this category.")

    class Meta:
        model = Provider
        fields = ("category",)


class ProviderFilters(CatalogFilters):
    """What super admins may narrow the list of providers by."""

    status = ChoiceFilter(choices=Provider.Status.choices, help_text="Providers with this status.")
    audience = ChoiceFilter(choices=Provider.Audience.choices, help_text="Providers for this audience.")

    class Meta:
        model = Provider
        fields = ("category", "status", "audience")
