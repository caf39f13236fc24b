"""Processes of the hub on the test's database, which a test can kill."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from connections.models import Connection
from tests.workers import database_url

_PROGRAM = """
import django
django.setup()
from tests.chaos.renewing import call_until_stopped
call_until_stopped({tenant!r}, {connection!r})
"""


@contextmanager
def callers(connection: Connection, count: int) -> Iterator[list["subprocess.Popen[str]"]]:
    """So many processes that call over the connection until the vendor says stop; killed at the end of the block."""
    program = _PROGRAM.format(tenant=str(connection.tenant_id), connection=str(connection.pk))
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "integrations_site.settings.test",
    }
    running = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()
