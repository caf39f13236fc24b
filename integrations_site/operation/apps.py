from celery import signals
from django.apps import AppConfig

from integrations_site.operation import logs


class OperationConfig(AppConfig):
    """What those who run the hub need: logs, health, metrics, checks of the deployment."""

    name = "integrations_site.operation"
    label = "operation"

    def ready(self) -> None:
        signals.setup_logging.connect(logs.configure, dispatch_uid="hub-logs")
