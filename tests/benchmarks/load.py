"""Load on a web server: by wrk where it is installed, else by a client of our own."""

import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.keep_alive import KeepAliveClients

CONNECTIONS = 8
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests a second were answered with 200, and how long the answers took, in milliseconds."""

    per_second: float
    p50: float
    p99: float


def tool() -> str:
    """What makes the load."""
    return "wrk" if shutil.which("wrk") else "own client"


def load(url: str, *, seconds: float, headers: Mapping[str, str]) -> Load:
    """Requests `url` over and over on eight connections. Raises BenchmarkError where any answer is no 200."""
    wrk = shutil.which("wrk")
    return _wrk(wrk, url, seconds, headers) if wrk else _own_client(url, seconds, headers)


def _wrk(program: str, url: str, seconds: float, headers: Mapping[str, str]) -> Load:
    given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = [program, "-t1", f"-c{CONNECTIONS}", f"-d{max(round(seconds), 1)}s", "--latency", *given, url]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise BenchmarkError(f"wrk on {url}: {done.stdout}{done.stderr}")
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if per_second is None:
        raise BenchmarkError(f"wrk on {url} says no requests a second: {done.stdout}")
    return Load(float(per_second[1]), _percentile(done.stdout, 50), _percentile(done.stdout, 99))


def _percentile(output: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", output, re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"wrk tells no latencies: {output}")
    return float(found[1]) * _MILLISECONDS[found[2]]


def _own_client(url: str, seconds: float, headers: Mapping[str, str]) -> Load:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    address = (parts.hostname or "", parts.port or 80)
    with KeepAliveClients(address, path, headers, connections=CONNECTIONS) as clients:
        began = time.perf_counter()
        latencies = sorted(clients.run(seconds))
        elapsed = time.perf_counter() - began
    if not latencies:
        raise BenchmarkError(f"{url} answered nothing in {seconds} s")
    return Load(len(latencies) / elapsed, _rank(latencies, 0.50), _rank(latencies, 0.99))


def _rank(latencies: list[float], part: float) -> float:
    return latencies[min(int(len(latencies) * part), len(latencies) - 1)] * 1000
