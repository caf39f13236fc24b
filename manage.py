#!/usr/bin/env python
"""The hub's command line; see ``manage.py help``."""

import os
import sys

from django.core.management import execute_from_command_line

from integrations_site.embedded.commands import provide_servers


def main() -> None:
    """Run a management command, with PostgreSQL and Redis at hand."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_site.settings.local")
    provide_servers(sys.argv)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
