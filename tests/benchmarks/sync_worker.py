"""The hub as a worker runs it, in a process of its own: `python -m tests.benchmarks.sync_worker TENANT CONNECTION`.

It prints one JSON object when it is ready, and another for each line `WORLD TYPE` that it reads: what a sync of that
type came to, the vendor being as WORLD says.
"""

import json
import sys
import time
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from integrations_site.celery import app


def main() -> None:
    """Syncs as asked until the input ends."""
    django.setup()
    app.loader.import_default_modules()  # what a worker has in its memory
    tenant, key = map(uuid.UUID, sys.argv[1:3])
    _say(ready=True, rss_mb=_rss())
    for line in sys.stdin:
        world, sync_type = line.split()
        _say(**_synced(tenant, key, world, sync_type))


def _synced(tenant: uuid.UUID, key: uuid.UUID, world: str, sync_type: str) -> dict[str, Any]:
    # Models can be imported only after the set-up.
    models, syncs = import_module("connections.models"), import_module("connections.services.syncs")
    hub, scope = import_module("integrations_site.audit.types").HUB, import_module("integrations_site.tenancy.scope")
    with scope.tenant_scope(tenant):
        models.Connection.objects.filter(pk=key).update(settings={"world": world})
        connection = models.Connection.objects.get(pk=key)
        began, worked = time.perf_counter(), time.process_time()
        run = syncs.request_sync(connection=connection, sync_type=sync_type, actor=hub)
        while syncs.run_sync(run.pk):
            pass
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        run.refresh_from_db()
        [step] = run.steps.all()
    counts = {name: getattr(step, name) for name in ("processed", "synced", "unchanged", "errors", "deleted")}
    return {"status": run.status, "seconds": seconds, "cpu": cpu, "rss_mb": _rss(), "error": run.error, **counts}


def _rss() -> float:
    """The most memory (MB) that this process has had. What `getrusage` tells begins with that of whoever started it."""
    [peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024


def _say(**found: Any) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
