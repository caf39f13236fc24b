"""Callers of the API for tests: real bearer tokens, real JSON."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.test import Client

from integrations_site.tenancy import scope, tokens
from integrations_site.tenancy.models import ApiClient, Membership, Role, Tenant, User


class ApiCaller:
    """Calls the API as one person or program. `get/post/put/patch/delete` give the answer; `.json()` is its body."""

    def __init__(self, token: str | None = None, **headers: str) -> None:
        self._client = Client(raise_request_exception=False)
        self.headers = dict(headers)
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def get(
        self, path: str, query: Mapping[str, Any] | None = None, headers: dict[str, str] | None = None, **more: Any
    ) -> Any:
        """GET with query parameters."""
        return self._client.get(path, {**(query or {}), **more}, headers=self.headers | (headers or {}))

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """POST of a JSON body (a text or bytes are sent as they are)."""
        return self.send("POST", path, body, headers, **options)

    def put(self, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """PUT of a JSON body."""
        return self.send("PUT", path, body, headers, **options)

    def patch(self, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """PATCH of a JSON body."""
        return self.send("PATCH", path, body, headers, **options)

    def delete(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """DELETE."""
        return self._client.delete(path, headers=self.headers | (headers or {}))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> HttpResponse:
        """Any request with a body."""
        data = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        return self._client.generic(method, path, data, content_type, headers=self.headers | (headers or {}))  # type: ignore[return-value]

    def upload(self, path: str, files: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        """POST of a form with files."""
        return self._client.post(path, files, headers=self.headers | (headers or {}))


def api_client(who: User | ApiClient, tenant: Tenant | None = None, **headers: str) -> ApiCaller:
    """A caller with a token of its own: a program in its tenant; a person in `tenant`, or in the only one it has.

    A super admin without `tenant` stands above tenants.
    """
    if isinstance(who, ApiClient):
        return ApiCaller(tokens.issue(client=who), **headers)
    if tenant is None and not who.is_superuser:
        tenant = only_tenant_of(who)
    return ApiCaller(tokens.issue(user=who, tenant=tenant), **headers)


def only_tenant_of(user: User) -> Tenant:
    """The tenant of a person who is a member of exactly one."""
    with scope.all_tenants():
        return Tenant.objects.get(pk=Membership.objects.values_list("tenant_id", flat=True).get(user=user))


def make_client(tenant: Tenant | None, role: str = Role.USER, **options: Any) -> ApiClient:
    """A program of the tenant, which asks for tokens with client credentials unless told otherwise."""
    given = {
        "name": "Importer",
        "client_type": ApiClient.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": ApiClient.GRANT_CLIENT_CREDENTIALS,
    }
    with scope.all_tenants():
        made: ApiClient = ApiClient.objects.create(tenant=tenant, role=role, **(given | options))
        return made
