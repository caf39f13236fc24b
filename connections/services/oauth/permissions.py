"""Permissions in the hub's words and scopes in the vendor's."""

from collections.abc import Collection, Iterable, Sequence

from catalog.definition import OAuthConfig
from connections.models import Connection
from integrations_site.kernel.errors import InvalidInputError


class PermissionUnknownError(InvalidInputError):
    """A permission that the provider does not have; `details` lists those that it has."""

    code = "PERMISSION_UNKNOWN"


def wanted_permissions(connection: Connection, config: OAuthConfig) -> list[str]:
    """What to ask for where nobody names anything: what the connection has, and what its owner did not grant the
    last time, as far as the provider still knows it; where it has nothing, what the provider is usually asked for.
    """
    known = _known(config)
    held = [name for name in (*connection.permissions, *connection.missing_scopes) if name in known]
    return held or config.default_permissions or list(config.permissions)


def scopes_for(permissions: Iterable[str], config: OAuthConfig) -> list[str]:
    """What the vendor is asked for: its usual scopes and those of the permissions, without what others include.

    A scope of the vendor's own that the definition knows is a permission as well. Raises PermissionUnknownError.
    """
    wanted = dict.fromkeys(config.scopes)
    for permission in permissions:
        wanted |= dict.fromkeys(_scopes_of(permission, config))
    included = {scope for holder in wanted for scope in config.includes.get(holder, ()) if scope != holder}
    return [scope for scope in wanted if scope not in included]


def granted_among(permissions: Sequence[str], granted: Collection[str], config: OAuthConfig) -> list[str]:
    """Those of the permissions whose scopes were all granted; where none were asked for, all that the grant covers."""
    held = set(granted) | {scope for holder in granted for scope in config.includes.get(holder, ())}
    candidates = permissions or list(config.permissions)
    return [each for each in candidates if held.issuperset(_scopes_of(each, config))]


def missing_scopes(asked: Iterable[str], granted: Collection[str], config: OAuthConfig) -> list[str]:
    """Scopes that were asked for and not granted."""
    held = set(granted) | {scope for holder in granted for scope in config.includes.get(holder, ())}
    return [scope for scope in asked if scope not in held]


def _known(config: OAuthConfig) -> set[str]:
    """Every word that stands for a permission: the hub's, and the vendor's own scopes that the definition names."""
    return {*config.permissions, *config.scopes, *(scope for scopes in config.permissions.values() for scope in scopes)}


def _scopes_of(permission: str, config: OAuthConfig) -> Sequence[str]:
    if permission in config.permissions:
        return config.permissions[permission]
    if permission in _known(config):
        return [permission]
    message = (
        f'There is no permission "{permission[:100]}"; there are {", ".join(sorted(config.permissions)) or "none"}'
    )
    raise PermissionUnknownError(
        message,
        details={
            "field": "permissions",
            "message": message,
            "fields": {"permissions": [message]},
            "known": sorted(config.permissions),
        },
    )
