"""The OAuth endpoints (RFC 6749, 7009, 7636, 8414): django-oauth-toolkit's, with the hub's limits and tenants.

Clients and tokens of every tenant are looked up here, before it is known whose they are.
"""

import base64
import hashlib
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from oauth2_provider.exceptions import OAuthToolkitError
from oauth2_provider.settings import oauth2_settings
from oauth2_provider.views import AuthorizationView, RevokeTokenView, TokenView
from oauthlib.oauth2 import AccessDeniedError

from integrations_site.api.limits import network
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import limits
from integrations_site.kernel.limits import Usage
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient
from integrations_site.tenancy.tokens import keys
from integrations_site.tenancy.tokens.issuing import role_in

_KEYS_MAX_AGE = 300


class Limited:
    """Attempts are limited per client and per address, whether they succeed or not."""

    @method_decorator(csrf_exempt)  # programs call, with credentials of their own and no cookies
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Counts the attempt, then lets it happen."""
        for usage in _count(request):
            if usage.is_exceeded:
                return _slow_down(usage)
        if not request.headers.get("Authorization", "").isascii():
            return _no_client()
        with scope.all_tenants():
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


class Token(Limited, TokenView):  # type: ignore[misc]
    """`POST /oauth/token`: an access token for client credentials, an authorization code or a refresh token."""


class Revoke(Limited, RevokeTokenView):  # type: ignore[misc]
    """`POST /oauth/revoke`: takes a client's own token back, at once (RFC 7009)."""


class Authorize(AuthorizationView):  # type: ignore[misc]
    """`/oauth/authorize`: a person who is logged in allows a client of its own tenant to act for it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the toolkit does it; the page is made before the scope ends."""
        with scope.all_tenants():
            answer: Any = super().dispatch(request, *args, **kwargs)
            return answer.render() if hasattr(answer, "render") else answer  # type: ignore[no-any-return]

    def validate_authorization_request(self, request: HttpRequest) -> Any:
        """The request's scopes and credentials. Raises OAuthToolkitError for a stranger to the tenant."""
        scopes, credentials = super().validate_authorization_request(request)
        self._refuse_stranger(request, credentials)
        return scopes, credentials

    def create_authorization_response(self, request: HttpRequest, scopes: Any, credentials: Any, allow: bool) -> Any:
        """The redirect with a code. Raises OAuthToolkitError for a stranger to the tenant."""
        client = self._refuse_stranger(request, credentials)
        person: Any = request.user
        with transaction.atomic():
            announce(
                action="client.allowed" if allow else "client.denied",
                actor=Actor(person.public_id, person.email),
                subject=client.public_id,
                tenant_id=client.tenant_id,
            )
            return super().create_authorization_response(request, scopes, credentials, allow)

    def _refuse_stranger(self, request: HttpRequest, credentials: Any) -> ApiClient:
        client: ApiClient = ApiClient.objects.select_related("tenant").get(client_id=credentials["client_id"])
        if role_in(client.tenant, request.user) is None:  # type: ignore[arg-type]
            reason = "The user has no place in the client's tenant"
            raise OAuthToolkitError(
                error=AccessDeniedError(description=reason, state=credentials.get("state")),
                redirect_uri=credentials["redirect_uri"],
            )
        return client


@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    """`GET /oauth/jwks`: the public keys that verify access tokens (RFC 7517)."""
    answer = JsonResponse(keys.keyring().jwks())
    answer["Cache-Control"] = f"public, max-age={_KEYS_MAX_AGE}"
    return answer


@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """`GET /.well-known/oauth-authorization-server`: what this server offers (RFC 8414)."""
    methods = ["client_secret_basic", "client_secret_post"]
    return JsonResponse(
        {
            "issuer": settings.HUB_BASE_URL,
            "authorization_endpoint": settings.HUB_BASE_URL + reverse("oauth-authorize"),
            "token_endpoint": settings.HUB_BASE_URL + reverse("oauth-token"),
            "revocation_endpoint": settings.HUB_BASE_URL + reverse("oauth-revoke"),
            "jwks_uri": settings.HUB_BASE_URL + reverse("oauth-jwks"),
            "scopes_supported": sorted(oauth2_settings.SCOPES),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [*methods, "none"],
            "revocation_endpoint_auth_methods_supported": [*methods, "none"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


def _count(request: HttpRequest) -> list[Usage]:
    named = {_basic_client_id(request), str(request.POST.get("client_id", ""))}
    clients = [hashlib.sha256(one.encode()).hexdigest() for one in named - {""} or {""}]
    subjects = [*(("client", client) for client in clients), ("address", network(request))]
    return [limits.count(f"oauth:{kind}:{subject}", limit=settings.OAUTH_ATTEMPTS[kind]) for kind, subject in subjects]


def _basic_client_id(request: HttpRequest) -> str:
    """The client that the Authorization header names; the form may name another, and either may be the one meant."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return unquote_plus(base64.b64decode(value).decode().partition(":")[0])
    except ValueError:  # no base64, or no UTF-8
        return ""


def _no_client() -> HttpResponse:
    """Credentials that are no base64 (RFC 7617), which the toolkit does not expect."""
    body = {"error": "invalid_client", "error_description": "The Authorization header is not well-formed"}
    return JsonResponse(body, status=401, headers={"WWW-Authenticate": 'Basic realm="hub"'})


def _slow_down(usage: Usage) -> HttpResponse:
    """Error bodies of these endpoints have OAuth's own form (RFC 6749, 5.2)."""
    body = {"error": "slow_down", "error_description": f"Too many attempts; try again in {usage.retry_after} seconds"}
    return JsonResponse(body, status=429, headers={"Retry-After": str(usage.retry_after)})
