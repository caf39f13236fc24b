"""Checks of a deployment (`manage.py check --deploy --database default`)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core import checks
from django.db import connections

_ROLES = """
    SELECT rolname, rolname = current_user, rolsuper OR rolbypassrls
    FROM pg_roles WHERE rolname IN (current_user, session_user)
"""
_OWNS = """
    SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = session_user), session_user
"""


def no_bypass_of_row_level_security(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Neither the role that the hub works as nor its log-in may be able to step around the tenant walls."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(_ROLES)
            found += complaints(cursor.fetchall())
            cursor.execute(_OWNS)
            owns, log_in = cursor.fetchone()
            if owns:
                found.append(_owner(log_in))
    return found


def complaints(roles: Sequence[tuple[str, bool, bool]]) -> Iterator[checks.CheckMessage]:
    """What is wrong with roles, each given as name, whether the hub works as it, and whether it bypasses the walls."""
    for name, works, bypasses in roles:
        if bypasses and works:
            yield checks.Error(
                f"The hub works as the database role {name!r}, which bypasses row-level security",
                hint="Let it assume hub_app, which `manage.py migrate` makes.",
                id="hub.E001",
            )
        elif bypasses:
            yield checks.Warning(
                f"The hub logs in as {name!r}, which bypasses row-level security as soon as it drops the role hub_app",
                hint="Log in as a mere member of hub_app, and name the owner's log-in in DATABASE_OWNER_URL.",
                id="hub.W001",
            )


def _owner(log_in: str) -> checks.CheckMessage:
    return checks.Warning(
        f"The hub logs in as {log_in!r}, which owns its tables and can take down the walls between tenants",
        hint="Name the owner in DATABASE_OWNER_URL, and in DATABASE_URL a separate log-in, a mere member of hub_app.",
        id="hub.W002",
    )
