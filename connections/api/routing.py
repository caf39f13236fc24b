"""The part of an address that names a category of providers."""

from typing import get_args

from django.urls import register_converter

from catalog.definition.words import Category


class CategoryConverter:
    """A category's name, and nothing else: other paths of two parts below `/api/integrations/` are not shadowed."""

    regex = "|".join(get_args(Category))

    def to_python(self, value: str) -> str:
        """The category."""
        return value

    def to_url(self, value: str) -> str:
        """Its name."""
        return value


register_converter(CategoryConverter, "category")
