"""`manage.py sandbox`: serves the sandbox until it is stopped."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

# Slow answers and latency hold a thread each; threads come when they are needed and go when they are not.
_THREADS = 64


class Command(BaseCommand):
    """Runs the local stand-in for third parties."""

    help = "Serves a local stand-in for third parties; for development and the demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--records", type=int, default=60, help="how many of each kind the first account has")
        parser.add_argument("--seed", type=int, default=1, help="another seed makes other records")

    def handle(self, *args: Any, **options: Any) -> None:
        # The worker is a process of its own and reads what it is to serve from its environment.
        os.environ["SANDBOX_RECORDS"] = str(options["records"])
        os.environ["SANDBOX_SEED"] = str(options["seed"])
        place = f"http://{options['host']}:{options['port']}"
        self.stdout.write(f"Sandbox at {place}: {options['records']} records of each kind, seed {options['seed']}")
        self.stdout.flush()
        Server(
            "integrations_site.sandbox.application:from_environment",
            factory=True,
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            workers=1,
            blocking_threads=_THREADS,
            log_level=LogLevels.error,
        ).serve()
