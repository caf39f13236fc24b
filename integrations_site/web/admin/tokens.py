"""OAuth tokens: who holds them until when, and taking them back. No token is ever shown."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken, revoke_access_token
from unfold.decorators import display

from integrations_site.audit.modeladmin import ReadOnlyAdmin, actor_of, subject_of
from integrations_site.audit.services import announce

for _model in (AccessToken, Grant, IDToken, RefreshToken):
    admin.site.unregister(_model)


class TokenAdmin(ReadOnlyAdmin):
    """What both kinds of tokens have in common."""

    list_select_related = ("application", "application__tenant", "user")
    search_fields = ("=application__client_id", "application__name", "user__email")
    actions = ("revoke",)
    empty_hint = "Programs and people get them at /oauth/token."

    @display(description="tenant")
    def tenant(self, token: Any) -> str:
        """The tenant of the program that holds the token."""
        return str(token.application.tenant or "") if token.application else ""

    @admin.action(description="Revoke the selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """They do not count from now on."""
        for token in queryset.select_related("application"):
            with transaction.atomic():
                tenant_id = token.application.tenant_id if token.application else None
                announce(
                    action="token.revoked", actor=actor_of(request), subject=subject_of(token), tenant_id=tenant_id
                )
                self.take_back(token)
        self.message_user(request, "The selected tokens were revoked.")

    def take_back(self, token: Any) -> None:
        """Ends one token."""
        raise NotImplementedError


@admin.register(AccessToken)
class AccessTokenAdmin(TokenAdmin):
    """Short-lived tokens that call the API."""

    list_display = ("id", "application", "tenant", "user", "created", "expires")
    fields = ("application", "user", "scope", "created", "expires")

    def take_back(self, token: AccessToken) -> None:
        revoke_access_token(token)


@admin.register(RefreshToken)
class RefreshTokenAdmin(TokenAdmin):
    """Tokens that get new access tokens."""

    list_display = ("id", "application", "tenant", "user", "created", "revoked")
    fields = ("application", "user", "created", "revoked")

    def take_back(self, token: RefreshToken) -> None:
        token.revoke()
