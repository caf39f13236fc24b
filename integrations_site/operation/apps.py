import logging

from celery import signals
from django.apps import AppConfig
from django.core.checks import Tags, register

from integrations_site.operation import checks, logs


class OperationConfig(AppConfig):
    """What those who run the hub need: logs, health, metrics, checks of the deployment."""

    name = "integrations_site.operation"
    label = "operation"

    def ready(self) -> None:
        logging.captureWarnings(True)  # Python's warnings are lines of the log like all others
        signals.setup_logging.connect(logs.configure, dispatch_uid="hub-logs")
        register(checks.no_bypass_of_row_level_security, Tags.database, deploy=True)
