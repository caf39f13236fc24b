"""Checks of a deployment (`manage.py check --deploy --database default`)."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connections

_QUESTION = "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@checks.register(checks.Tags.database, deploy=True)
def no_bypass_of_row_level_security(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """The role that the hub works as must not be able to step around the tenant walls."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(_QUESTION)
            role, bypasses = cursor.fetchone() or ("", False)
        if bypasses:
            found.append(
                checks.Error(
                    f"The hub works as the database role {role!r}, which bypasses row-level security",
                    hint="Let it assume hub_app (OPTIONS['assume_role']), which `manage.py migrate` makes.",
                    id="hub.E001",
                )
            )
    return found
