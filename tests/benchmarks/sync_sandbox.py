"""The sandbox as a vendor of the syncs that are measured, and its own pace."""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.bench import ROOT, Bench
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.programs import HOST, free_port, served

_SEED = "7"


@contextmanager
def sandbox(bench: Bench, count: int) -> Iterator[str]:
    """The address of a sandbox with so many records of each kind."""
    port = free_port()
    command = [sys.executable, str(ROOT / "manage.py"), "sandbox", "--port", str(port), "--records", str(count)]
    log = bench.directory / "sandbox.log"
    with served([*command, "--seed", _SEED], port=port, cwd=ROOT, environment={}, log=log, probe="/control"):
        yield f"http://{HOST}:{port}"


def read(address: str, name: str, count: int) -> float:
    """How many seconds it takes to fetch every page, one after the other. Raises BenchmarkError."""
    line, began, found = http.client.HTTPConnection(urlsplit(address).netloc), time.perf_counter(), 0
    pages = _payment_intents if name == "payment_intents" else _orders
    for page in pages(line):
        found += len(page)
    line.close()
    if found != count:
        raise BenchmarkError(f"The sandbox has {found} {name} instead of {count}")
    return time.perf_counter() - began


def _payment_intents(line: http.client.HTTPConnection) -> Iterator[list[Any]]:
    query, more = {"limit": "100"}, True
    while more:
        found = _body(line, "/api.stripe.com/v1/payment_intents", query, {"Authorization": "Bearer sk_test_northwind"})
        yield found["data"]
        more = found["has_more"]
        query["starting_after"] = found["data"][-1]["id"]


def _orders(line: http.client.HTTPConnection) -> Iterator[list[Any]]:
    offset, total = 0, 1
    while offset < total:
        query = {"limit": "1000", "offset": str(offset)}
        found = _body(line, "/generic/offset/orders", query, {"X-Api-Key": "demo-key"})
        yield found["data"]["records"]
        total, offset = found["total"], offset + 1000


def _body(line: http.client.HTTPConnection, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
    line.request("GET", f"{path}?{urlencode(query)}", headers=headers)
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise BenchmarkError(f"The sandbox answered {path} with {answer.status}")
    return json.loads(body)
