"""Who calls: from a bearer token to a person or program in a tenant, as the database knows them at this moment."""

import hashlib
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any, LiteralString, NamedTuple

from integrations_site.kernel import ids
from integrations_site.kernel.errors import ForbiddenError, NotFoundError
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import first_row
from integrations_site.tenancy.models import ApiClient, Role, Tenant, User
from integrations_site.tenancy.tokens.signing import Claims, TokenInvalidError, verify

# One statement a request: a token that was revoked, and whatever has changed about its bearer, counts at once.
_STANDING: LiteralString = """
    SELECT client.id, client.name, client.tenant_id, client.role, token.application_id IS NOT NULL,
        person.id, person.email, person.is_active, person.is_superuser, membership.role, tenant.id, tenant.is_active
    FROM oauth2_provider_accesstoken AS token
    LEFT JOIN tenancy_apiclient AS client ON client.id = token.application_id
    LEFT JOIN tenancy_user AS person ON person.id = token.user_id
    LEFT JOIN tenancy_membership AS membership
        ON membership.user_id = token.user_id AND membership.tenant_id = %(tenant)s
    LEFT JOIN tenancy_tenant AS tenant ON tenant.id = %(tenant)s
    WHERE token.token_checksum = %(checksum)s AND token.expires > now()
"""


@cache
def _standing_and(query: LiteralString) -> LiteralString:
    return f"SELECT * FROM ({_STANDING}) AS standing, ({query}) AS answer"  # noqa: S608 - literals


class Caller(NamedTuple):
    """A person or program that calls: its public id, a name for people to read, its role, and the tenant it acts in.

    Only a super admin may act in no tenant.
    """

    id: str
    label: str
    role: str
    tenant_id: uuid.UUID | None

    @property
    def is_super_admin(self) -> bool:
        """Whether the caller stands above tenants."""
        return self.role == Role.SUPER_ADMIN

    @property
    def scope(self) -> scope.Scope:
        """What the caller may see: its tenant; every tenant for a super admin who named none."""
        return scope.Scope(tenant_id=self.tenant_id, everything=self.tenant_id is None and self.is_super_admin)


class _Standing(NamedTuple):
    """What the database says about the bearer of a token."""

    client_id: uuid.UUID | None
    client_name: str | None
    client_tenant: uuid.UUID | None
    client_role: str | None
    has_client: bool
    user_id: uuid.UUID | None
    email: str | None
    user_is_active: bool | None
    user_is_superuser: bool | None
    member_role: str | None
    tenant_id: uuid.UUID | None
    tenant_is_active: bool | None


class Bearer(NamedTuple):
    """A token whose signature is good, and the tenant it acts in; whether it still counts, the database knows."""

    token: str
    claims: Claims
    home: uuid.UUID | None
    tenant_id: uuid.UUID | None
    names_tenant: bool

    def caller(self) -> Caller:
        """Who calls. Raises TokenInvalidError and NotFoundError."""
        return self._admit(self._look_up(_STANDING, {}))

    def caller_and_row(self, query: LiteralString, parameters: Mapping[str, Any]) -> tuple[Caller, tuple[Any, ...]]:
        """Who calls, and the one row of a query in the scope of its tenant (the parameter `tenant`), in one round trip.

        Raises TokenInvalidError and NotFoundError before the row is looked at.
        """
        row = self._look_up(_standing_and(query), parameters)
        width = len(_Standing._fields)
        return self._admit(row and row[:width]), row[width:] if row else ()

    def _look_up(self, statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The token's signature vouches for `home`, so the statement runs in that tenant's own scope."""
        checksum = hashlib.sha256(self.token.encode()).hexdigest()
        given = {"tenant": self.tenant_id, "checksum": checksum, **parameters}
        with scope.within(scope.Scope(tenant_id=self.home, everything=self.home is None)):
            return first_row(statement, given)

    def _admit(self, row: tuple[Any, ...] | None) -> Caller:
        found = _Standing._make(row) if row else None
        if found is None or not _still_holds(self.claims, self.home, found):
            raise TokenInvalidError(
                "The access token has been revoked, or its bearer's rights have changed; ask for a new one"
            )
        if self.names_tenant and not found.tenant_is_active:
            raise NotFoundError.of(Tenant.id_kind)
        label = found.email or found.client_name or self.claims.subject
        return Caller(self.claims.subject, label, self.claims.role, self.tenant_id)


def read(token: str, named_tenant: str | None = None) -> Bearer:
    """The bearer of a token whose signature is good.

    Raises TokenInvalidError, TokenExpiredError, and ForbiddenError where somebody else's tenant is named.
    """
    claims = verify(token)
    if claims.tenant and named_tenant and named_tenant != claims.tenant:
        raise ForbiddenError("The access token belongs to another tenant than the request names", code="FOREIGN_TENANT")
    home = ids.parse(Tenant.id_kind, claims.tenant) if claims.tenant else None
    return Bearer(token, claims, home, home or ids.parse(Tenant.id_kind, named_tenant), bool(named_tenant))


def authenticate(token: str, *, named_tenant: str | None = None) -> Caller:
    """The caller behind a bearer token, in the tenant that the token names; a super admin names any (`named_tenant`).

    Raises TokenInvalidError and TokenExpiredError for a token that does not count (any more), ForbiddenError where
    somebody else's tenant is named, NotFoundError where a super admin names one that is not there or not active.
    """
    return read(token, named_tenant).caller()


def _still_holds(claims: Claims, home: uuid.UUID | None, found: _Standing) -> bool:
    """Whether the bearer still is who the token says, where it says, with the role that it says."""
    if home is not None and not found.tenant_is_active:
        return False
    if found.has_client and (found.client_id is None or found.client_tenant != home):
        return False
    if found.user_id is None:
        return found.client_id is not None and (
            claims.subject == ids.public(ApiClient.id_kind, found.client_id) and claims.role == found.client_role
        )
    return (
        bool(found.user_is_active)
        and claims.subject == ids.public(User.id_kind, found.user_id)
        and claims.role == _role_of_user(found, home)
    )


def _role_of_user(found: _Standing, home: uuid.UUID | None) -> str | None:
    if home is None:
        return Role.SUPER_ADMIN if found.user_is_superuser else None
    return Role.TENANT_ADMIN if found.user_is_superuser else found.member_role
