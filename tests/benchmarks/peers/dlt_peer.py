"""Loads a vendor's list with dlt, in the peers' environment: `dlt_peer.py DATABASE_URL ADDRESS LIST DIRECTORY`.

It prints one JSON object when it is ready, and another for each line `WORLD SINCE` that it reads (`-` is no SINCE): the
seconds that extracting, normalising and merging took.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dlt
from dlt.sources.rest_api import rest_api_source

_PAYMENTS: dict[str, Any] = {
    "name": "payments",
    "primary_key": "id",
    "endpoint": {
        "path": "payments",
        "params": {"limit": 100},
        "data_selector": "data",
        "paginator": {"type": "cursor", "cursor_path": "next", "cursor_param": "starting_after"},
    },
}
_INVOICES: dict[str, Any] = {
    "name": "invoices",
    "primary_key": "Id",
    "endpoint": {
        "path": "invoices",
        "params": {},
        "data_selector": "records",
        "paginator": {"type": "offset", "limit": 1000, "total_path": "total"},
    },
}
_PAYMENT_INTENTS: dict[str, Any] = {
    "name": "payment_intents",
    "primary_key": "id",
    "endpoint": {
        "path": "payment_intents",
        "params": {"limit": 100},
        "data_selector": "data",
        "paginator": {
            **{"type": "cursor", "cursor_path": "data[-1:].id", "cursor_param": "starting_after"},
            "has_more_path": "has_more",
        },
    },
}
_ORDERS: dict[str, Any] = {
    "name": "orders",
    "primary_key": "id",
    "endpoint": {
        "path": "orders",
        "params": {},
        "data_selector": "data.records",
        "paginator": {"type": "offset", "limit": 1000, "total_path": "total"},
    },
}
# Each with where it stands below the address, and the headers that let in. The last two are the sandbox's.
_LISTS: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "payments": (_PAYMENTS, "{world}/", {}),
    "invoices": (_INVOICES, "{world}/", {}),
    "payment_intents": (_PAYMENT_INTENTS, "api.stripe.com/v1/", {"Authorization": "Bearer sk_test_northwind"}),
    "orders": (_ORDERS, "generic/offset/", {"X-Api-Key": "demo-key"}),
}


def main() -> None:
    """Loads as asked until the input ends."""
    url, address, name, directory = sys.argv[1:5]
    pipeline = dlt.pipeline(
        f"bench_{name}",
        pipelines_dir=directory,
        destination=dlt.destinations.postgres(credentials=_credentials(url)),
        dataset_name="bench",
    )
    _say(ready=True, rss_mb=_rss())
    for line in sys.stdin:
        world, since = line.split()
        began = time.perf_counter()
        pipeline.run(_source(address, world, name, since))
        found = {"seconds": time.perf_counter() - began, "rss_mb": _rss()}
        with pipeline.sql_client() as client, client.execute_query(f"SELECT count(*) FROM {name}") as rows:
            found["rows"] = rows.fetchone()[0]
        _say(**found)


def _credentials(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "database": parts.path.lstrip("/"),
        "username": parts.username or "",
        # It insists on one, and the server on none.
        "password": parts.password or "-",
        "host": parts.hostname or "localhost",
        "port": parts.port or 5432,
        # A socket's directory stands here, and counts instead of the host.
        "query": dict(parse_qsl(parts.query)),
    }


def _source(address: str, world: str, name: str, since: str) -> Any:
    listed, place, headers = _LISTS[name]
    endpoint = listed["endpoint"]
    if since != "-":
        endpoint = endpoint | {"params": endpoint["params"] | {"since": since}}
    return rest_api_source(
        {
            "client": {"base_url": f"{address}/{place.format(world=world)}", "headers": headers},
            "resource_defaults": {"write_disposition": "merge"},
            "resources": [listed | {"endpoint": endpoint}],
        }
    )


def _rss() -> float:
    """The most memory that this process and those that it started have had."""
    # What `getrusage` tells of a process itself begins with that of whoever started it.
    [peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return (int(peak.split()[1]) + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def _say(**found: Any) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    main()
