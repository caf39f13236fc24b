from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files in object storage, each of one tenant."""

    name = "integrations_site.files"
    label = "files"
