from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """The outbox of events, and those who are told of them."""

    name = "notifications"
