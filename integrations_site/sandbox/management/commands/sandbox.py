"""`manage.py sandbox`: serves the sandbox until it is stopped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from granian.constants import Interfaces
from granian.server import Server


class Command(BaseCommand):
    """Runs the local stand-in for third parties."""

    help = "Serves a local stand-in for third parties; for development and the demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)

    def handle(self, *args: Any, **options: Any) -> None:
        Server(
            "integrations_site.sandbox.application:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
        ).serve()
