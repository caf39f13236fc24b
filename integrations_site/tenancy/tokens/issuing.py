"""Issuing access tokens, with and without an OAuth request; each is remembered, so that it can be revoked."""

import datetime as dt
from typing import Any

from django.db import transaction
from oauth2_provider.models import AccessToken, set_token_value
from oauth2_provider.settings import oauth2_settings

from integrations_site.kernel import clock
from integrations_site.kernel.errors import ForbiddenError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Membership, Role, Tenant, User
from integrations_site.tenancy.tokens import signing

# The client id of tokens that the hub issues without a client, such as those of the demo.
OWN_CLIENT_ID = "hub"
_SCOPE = "api"


def role_in(tenant: Tenant | None, user: User) -> str | None:
    """The role that a token of `user` carries in `tenant`, or above tenants (None); None where it may have no token.

    A super admin acts in a tenant as its admin: a client of one tenant must never gain power over the others.
    """
    if not user.is_active or (tenant is not None and not tenant.is_active):
        return None
    if user.is_superuser:
        return Role.SUPER_ADMIN if tenant is None else Role.TENANT_ADMIN
    if tenant is None:
        return None
    with scope.tenant_scope(tenant.id):
        return Membership.objects.filter(user=user).values_list("role", flat=True).first()


def generate(request: Any) -> str:
    """The access token for an OAuth request that was granted; django-oauth-toolkit's ACCESS_TOKEN_GENERATOR.

    Raises ForbiddenError where the user has no place in the client's tenant.
    """
    client: ApiClient = request.client
    user = None if request.grant_type == "client_credentials" else request.user
    return _sign(
        client=client, user=user, tenant=client.tenant, scope_text=" ".join(request.scopes), seconds=request.expires_in
    )


@transaction.atomic
def issue(
    *,
    user: User | None = None,
    client: ApiClient | None = None,
    tenant: Tenant | None = None,
    seconds: int | None = None,
) -> str:
    """A new access token for a person in a tenant (a super admin: in none), or for a program.

    It is as good as one from the token endpoint. Raises ForbiddenError where the person has no place in the tenant.
    """
    if (user is None) == (client is None):
        raise ValueError("A token is issued to a user or to a client")
    lifetime = int(seconds or oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS)
    tenant = client.tenant if client else tenant
    token = _sign(client=client, user=user, tenant=tenant, scope_text=_SCOPE, seconds=lifetime)
    remembered = AccessToken(
        user=user, application=client, scope=_SCOPE, expires=clock.now() + dt.timedelta(seconds=lifetime)
    )
    set_token_value(remembered, token)
    remembered.save()
    return token


def _sign(*, client: ApiClient | None, user: User | None, tenant: Tenant | None, scope_text: str, seconds: int) -> str:
    role = role_in(tenant, user) if user else _role_of(client)
    if role is None:
        raise ForbiddenError("The user has no place in this tenant", code="NOT_A_MEMBER")
    bearer = user or client
    return signing.sign(
        subject=bearer.public_id if bearer else "",
        client_id=client.client_id if client else OWN_CLIENT_ID,
        role=role,
        tenant=tenant.public_id if tenant else None,
        scope=scope_text,
        seconds=seconds,
    )


def _role_of(client: ApiClient | None) -> str | None:
    if client is None or (client.tenant is not None and not client.tenant.is_active):
        return None
    return client.role
