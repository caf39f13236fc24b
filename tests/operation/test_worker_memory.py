"""A worker has in its memory what it works with, and not the pages."""

import subprocess
import sys

_NOT_A_WORKERS = (
    "boto3",
    "integrations_site.urls",
    "ledger.api.urls",
    "connections.admin",
    "drf_spectacular.openapi",
)


def test_a_worker_loads_neither_pages_nor_clouds() -> None:
    script = "import sys, django\nfrom integrations_site.celery import app\ndjango.setup()\n"
    script += "app.loader.import_default_modules()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "connections.tasks" in loaded
    assert loaded.isdisjoint(_NOT_A_WORKERS)
