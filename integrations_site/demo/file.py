"""The file that tells a program how to use the demo's world: who there is, and a token for each."""

import json
from pathlib import Path
from typing import Any

from integrations_site.demo.world import PASSWORD, World, person
from integrations_site.settings import environment as env
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Role, Tenant, User
from integrations_site.tenancy.tokens import issue
from ledger.services.vendors import list_vendors

PATH = env.VAR / "demo.json"
_TOKEN_SECONDS = 7 * 24 * 3600


def describe(world: World, *, base_url: str, sandbox_url: str) -> dict[str, Any]:
    """The world with freshly issued tokens, which hold for a week."""
    return {
        "base_url": base_url,
        "sandbox_url": sandbox_url,
        "super_admin": _person(world.super_admin, None),
        "tenants": [_tenant(tenant) for tenant in world.tenants],
    }


def write(description: dict[str, Any], path: Path = PATH) -> None:
    """Writes the description where only the owner of the files can read it; readers never see half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)  # what a killed run left has whatever mode it has
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(json.dumps(description, indent=2) + "\n")
    draft.replace(path)


def _tenant(tenant: Tenant) -> dict[str, Any]:
    with scope.tenant_scope(tenant.id):
        vendors = [{"id": vendor.public_id, "name": vendor.name} for vendor in list_vendors()]
    return {
        "id": tenant.public_id,
        "name": tenant.name,
        "tenant_admin": _person(person(tenant, Role.TENANT_ADMIN), tenant),
        "user": _person(person(tenant, Role.USER), tenant),
        "vendors": vendors,
    }


def _person(user: User, tenant: Tenant | None) -> dict[str, str]:
    return {
        "user_id": user.public_id,
        "username": user.email,
        "password": PASSWORD,
        "token": issue(user=user, tenant=tenant, seconds=_TOKEN_SECONDS),
    }
