"""``manage.py up``: the whole hub in one terminal."""

import os
import sys
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import connections

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.lifetime import ensure_running, release
from integrations_site.embedded.places import PROJECT_ROOT
from integrations_site.embedded.ports import require_free
from integrations_site.embedded.programs import hub_programs
from integrations_site.embedded.supervisor import Supervisor
from integrations_site.sandbox.environment import hub_environment


class Command(BaseCommand):
    """Migrates, then runs web, worker and beat until Ctrl-C; starts PostgreSQL and Redis if none are named."""

    help = "Run the hub: migrations, then web, worker and beat, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="run the sandbox too, a local stand-in for every vendor"
        )
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=8001)
        parser.add_argument("--workers", type=int, default=2, help="web processes")

    def handle(self, **options: Any) -> None:
        host, port = options["host"], options["port"]
        sandbox_port = options["sandbox_port"] if options["demo"] else None
        try:
            require_free(host, {"--port": port} | ({"--sandbox-port": sandbox_port} if sandbox_port else {}))
            ensure_running()
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("sync_catalog", verbosity=options["verbosity"])
        connections.close_all()
        os.chdir(PROJECT_ROOT)
        # Links and tokens name the address that the hub is reached at.
        os.environ.setdefault("HUB_BASE_URL", f"http://{host}:{port}")
        if sandbox_port:
            os.environ.update(hub_environment(f"http://127.0.0.1:{sandbox_port}") | os.environ)
        programs = hub_programs(host=host, port=port, workers=options["workers"], sandbox_port=sandbox_port)
        code = Supervisor(programs).run()
        release()
        sys.exit(code)
