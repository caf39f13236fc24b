"""``python -m tests.benchmarks [--quick] [posting | aliases | …]``: the hub beside its peers, in one run."""

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from integrations_site.embedded.lifetime import ensure_running
from tests.benchmarks import hub, load
from tests.benchmarks.bench import ROOT, Bench
from tests.benchmarks.databases import Databases
from tests.benchmarks.report import Report

# Imported once Django is set up.
BENCHMARKS = ("posting", "aliases", "case_list", "syncs", "search")
RESULTS = ROOT / "var" / "bench.json"
_IDLE = 0.5


def main() -> int:
    """Runs what the command line names; 1 where something failed to run. A goal that is missed is no failure."""
    options = _options()
    signal.signal(signal.SIGTERM, _leave)
    endpoints = ensure_running()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        databases = stack.enter_context(Databases(endpoints.database_url))
        redis_url = stack.enter_context(hub.empty_redis(endpoints.redis_url))
        report = Report(machine=_machine(options.quick) | databases.server())
        template = databases.create("template")
        hub.set_up(database_url=template, redis_url=redis_url, directory=directory)
        bench = Bench(options.quick, directory, databases, report, template)
        for name in options.names or BENCHMARKS:
            _run(bench, name)
        hub.leave()
    report.write(RESULTS)
    _close(report)
    return 1 if report.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"only these of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: does everything run?")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return options


def _run(bench: Bench, name: str) -> None:
    began = time.monotonic()
    try:
        import_module(f"tests.benchmarks.{name}").measure(bench)
    except Exception as error:  # The others are still worth measuring; the end says what failed.
        bench.report.failures[name] = f"{type(error).__name__}: {error}"
        traceback.print_exc()
    bench.say(f"{name}: {time.monotonic() - began:.0f} s")


def _close(report: Report) -> None:
    lines = ["", report.table(), "", f"Medians [lowest-highest] of rounds that took turns; all figures: {RESULTS}"]
    if report.machine["load_before"] > _IDLE:
        lines.append("The machine was busy with other programs when this began: trust the ratios, and them not far.")
    lines += [f"{name} FAILED TO RUN: {why}" for name, why in report.failures.items()]
    sys.stdout.write("\n".join(lines) + "\n")


def _machine(quick: bool) -> dict[str, Any]:
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "quick": quick,
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": platform.platform(),
        "load_by": load.tool(),
    }


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
