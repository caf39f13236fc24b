"""Programs that call the API. Their secrets are shown once, when they are made."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AbstractApplication

from integrations_site.audit.modeladmin import BY_TENANT, AnnouncedAdmin
from integrations_site.tenancy.models import ApiClient, Role

admin.site.unregister(ApiClient)


class ApiClientForm(forms.ModelForm):  # type: ignore[type-arg]
    """A program: of one tenant with a role in it, or of none as a super admin."""

    class Meta:
        model = ApiClient
        fields = ("name", "tenant", "role", "user", "client_type", "authorization_grant_type", "redirect_uris")
        labels = {"user": "Held by"}
        help_texts = {"user": "Who has its secret. For four-eyes approval the program and this person are one."}

    def clean(self) -> dict[str, Any]:
        """Says plainly what the database would refuse."""
        given: dict[str, Any] = super().clean() or {}
        if "tenant" in self.fields and (given.get("role") == Role.SUPER_ADMIN) != (given.get("tenant") is None):
            self.add_error("tenant", "A super admin's program belongs to no tenant; every other one to exactly one.")
        return given


@admin.register(ApiClient)
class ApiClientAdmin(AnnouncedAdmin):
    """OAuth clients."""

    form = ApiClientForm
    list_display = ("name", "client_id", "tenant", "role", "authorization_grant_type", "created")
    list_filter = (BY_TENANT, "role", "authorization_grant_type")
    list_select_related = ("tenant",)
    search_fields = ("name", "=client_id", "tenant__name")
    autocomplete_fields = ("tenant", "user")
    readonly_fields = ("client_id", "created")
    fields = (
        "name",
        "tenant",
        "role",
        "user",
        "client_type",
        "authorization_grant_type",
        "redirect_uris",
        "client_id",
        "created",
    )
    actions = ("make_new_secret",)
    empty_hint = "A program needs one to call the API; its secret is shown once."

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A program never moves to another tenant."""
        return (*self.readonly_fields, "tenant") if obj else self.readonly_fields

    def save_model(
        self, request: HttpRequest, obj: ApiClient, form: "forms.ModelForm[ApiClient]", change: bool
    ) -> None:
        if not change:
            obj.client_secret = generate_client_secret()
            request.new_secret = obj.client_secret  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiClient, post_url_continue: str | None = None) -> HttpResponse:
        """The page that shows the secret, once; a public client has no use for one."""
        if obj.client_type == AbstractApplication.CLIENT_PUBLIC:
            return super().response_add(request, obj, post_url_continue)  # type: ignore[no-any-return]
        return self._show_secret(request, obj, request.new_secret)  # type: ignore[attr-defined]

    @admin.action(description="Make a new secret for the selected client")
    def make_new_secret(self, request: HttpRequest, queryset: QuerySet[ApiClient]) -> HttpResponse | None:
        """Ends the present secret and shows a new one, once. Tokens that were issued go on until they expire."""
        client = queryset.first()
        if client is None or queryset.count() != 1:
            self.message_user(request, "Select exactly one client.", messages.ERROR)
            return None
        secret = generate_client_secret()
        with transaction.atomic():
            self.announce(request, client, "secret_changed", {"name": client.name})
            client.client_secret = secret
            client.save(update_fields=["client_secret", "updated"])
        return self._show_secret(request, client, secret)

    def _show_secret(self, request: HttpRequest, client: ApiClient, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "The client's secret",
            "opts": self.opts,
            "client": client,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/client_secret.html", context)
