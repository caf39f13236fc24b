from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Third parties that the hub can work with, as data."""

    name = "catalog"
