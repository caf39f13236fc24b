"""``python -m integrations_site.embedded run COMMAND… | stop | destroy | urls``: the servers without Django."""

import argparse
import os
import sys

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.lifetime import EmbeddedServers, ensure_running, inherit_lease
from integrations_site.embedded.urls import service_urls


def main() -> None:
    """Do what the command line says; end with a message where that cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m integrations_site.embedded")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("stop", help="stop the servers, whoever uses them")
    actions.add_parser("destroy", help="stop the servers and remove all their data")
    actions.add_parser("urls", help="print where the database and Redis are")
    run = actions.add_parser("run", help="run a command with the servers up; they stop when it ends")
    run.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    try:
        _do(chosen.action, getattr(chosen, "command", []))
    except (EmbeddedError, OSError) as error:
        sys.exit(str(error))


def _do(action: str, command: list[str]) -> None:
    if action == "stop":
        EmbeddedServers().stop()
    elif action == "destroy":
        EmbeddedServers().destroy()
    elif action == "urls":
        sys.stdout.write("\n".join(service_urls()) + "\n")
    elif command := command[command[:1] == ["--"] :]:
        ensure_running()
        inherit_lease()
        os.execvp(command[0], command)  # noqa: S606 - the user's own command


main()
