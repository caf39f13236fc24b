"""What the hub consists of when it runs: the programs that ``manage.py up`` puts side by side."""

import sys

from integrations_site.embedded.places import PROJECT_ROOT
from integrations_site.embedded.supervisor import Program


def hub_programs(*, host: str, port: int, workers: int, sandbox_port: int | None) -> list[Program]:
    """Web, worker and beat; with a sandbox port also the sandbox, the local stand-in for every vendor.

    They must be run from the project's directory.
    """
    programs = [
        Program("web", _web(host, port, workers)),
        Program("worker", _celery("worker", "--concurrency=2", "--without-gossip", "--without-mingle")),
        Program("beat", _celery("beat", "--scheduler=django_celery_beat.schedulers:DatabaseScheduler", "--pidfile=")),
    ]
    if sandbox_port is not None:
        command = [sys.executable, str(PROJECT_ROOT / "manage.py"), "sandbox", "--port", str(sandbox_port)]
        programs.append(Program("sandbox", command))
    return programs


def _web(host: str, port: int, workers: int) -> list[str]:
    # One blocking thread a worker: more of them cost more in switching than views that compute can gain.
    # HTTP/1 only: with HTTP/2 a body may come without any word of its length, and WSGI would read it as empty.
    options = ["--interface", "wsgi", "--http", "1", "--workers", str(workers), "--blocking-threads", "1", "--no-ws"]
    logs = ["--log-config", "integrations_site/operation/granian_logs.json"]
    address = ["--host", host, "--port", str(port)]
    return [sys.executable, "-m", "granian", *options, *logs, *address, "integrations_site.wsgi:application"]


def _celery(*arguments: str) -> list[str]:
    # Quiet: without a banner among the lines of the log.
    command = [sys.executable, "-m", "celery", "--quiet", "--app=integrations_site.celery:app"]
    return [*command, *arguments, "--loglevel=INFO"]
