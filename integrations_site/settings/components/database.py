"""PostgreSQL. The hub's connections assume a role that cannot bypass row-level security; migrations are the owner's."""

from typing import Any

from integrations_site.embedded.urls import service_urls
from integrations_site.settings import environment as env

DATABASE_URL, REDIS_URL = service_urls()

_LOGIN = env.database("DATABASE_URL", DATABASE_URL)
_OWNER_URL = env.text("DATABASE_OWNER_URL")
# How migrations log in; without a log-in of its own the owner is the hub's log-in before it assumes its role.
DATABASE_OWNER = env.database("DATABASE_OWNER_URL", _OWNER_URL) if _OWNER_URL else dict(_LOGIN)

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_LOGIN,
        "ENGINE": "integrations_site.tenancy.database",
        "CONN_MAX_AGE": env.number("DATABASE_CONN_MAX_AGE", 300, least=0),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"assume_role": "hub_app", "connect_timeout": 5},
    }
}
