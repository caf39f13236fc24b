"""Providers: read, changed, entered and removed, all through services."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from catalog.admin.forms import NAMES, ProviderForm
from catalog.definition.merging import leaves
from catalog.models import Provider
from catalog.services import providers
from catalog.services.representation import value_in_short
from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import ServiceAdmin, actor_of
from integrations_site.audit.types import Actor

_SECRETS = ("new_client_secret", "new_webhook_secret")


@admin.register(Provider)
class ProviderAdmin(ServiceAdmin):
    """Third parties that the hub can work with."""

    form = ProviderForm
    list_display = ("display_name", "provider", "category", "state", "audience", "auth_type", "origin", "updated_at")
    list_filter = ("category", "status", "audience", "auth_type", "is_premium")
    search_fields = ("display_name", "name", "description", "=provider")
    ordering = ("display_name", "pk")
    readonly_fields = ("public_id", "provider", "origin", "difference", "client_id", "created_at", "updated_at")
    actions = ("activate", "disable", "offer_to_tenants", "keep_for_the_hub", "reset", "remove")
    empty_hint = "`manage.py sync_catalog` loads the providers that come with the hub."
    state = status_column({"active": "success", "beta": "info", "deprecated": "warning", "disabled": "danger"})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A new provider has nothing yet that could be read."""
        own = ((None, {"fields": tuple(NAMES)}), ("Definition", {"fields": ("definition",)}))
        secrets = ("Secrets", {"fields": ("client_id", *_SECRETS) if obj else _SECRETS})
        known = (None, {"fields": ("public_id", "provider", "origin", "difference", "created_at", "updated_at")})
        return (known, *own, secrets) if obj else (*own, secrets)

    @display(description="origin")
    def origin(self, provider: Provider) -> str:
        """Where the definition comes from."""
        if not provider.is_shipped:
            return "Entered here"
        return "Shipped, changed here" if provider.changed else "Shipped"

    @display(description="Changed here")
    def difference(self, provider: Provider) -> str:
        """What differs from the definition that came with the hub."""
        changed = leaves(provider.changed)
        if not changed:
            return "Nothing"
        rows = [
            (path, value_in_short(_at(provider.shipped, path)), value_in_short(value))
            for path, value in changed.items()
        ]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} → {}</li>", rows))

    def save_model(self, request: HttpRequest, obj: Provider, form: "ModelForm[Provider]", change: bool) -> None:
        """The service takes the whole definition, as the API gives it."""
        actor = actor_of(request)
        if change:
            self.change(obj, form.patch(), actor)  # type: ignore[attr-defined]
            return
        made = providers.create_provider(data=form.cleaned_data["document"], actor=actor)
        obj.pk, obj._state.adding = made.pk, False

    def change(self, row: Provider, changes: dict[str, Any], actor: Actor) -> None:
        """`changes` is a merge patch."""
        if changes:
            providers.update_provider(provider_id=row.pk, patch=changes, actor=actor)

    @admin.action(description="Activate the selected providers")
    def activate(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Tenants see them, where they are for tenants."""
        self._do(request, queryset, providers.set_status, "Activated", status="active")

    @admin.action(description="Disable the selected providers")
    def disable(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Nobody connects to them any more; what is connected stays."""
        self._do(request, queryset, providers.set_status, "Disabled", status="disabled")

    @admin.action(description="Offer the selected providers to tenants")
    def offer_to_tenants(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """They stand in the catalog once they are active."""
        self._do(request, queryset, providers.set_audience, "Offered to tenants", audience="tenant")

    @admin.action(description="Keep the selected providers for the hub itself")
    def keep_for_the_hub(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Tenants do not see them."""
        self._do(request, queryset, providers.set_audience, "Kept for the hub", audience="system")

    @admin.action(description="Reset the selected providers to what was shipped")
    def reset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Takes back what was changed here; secrets stay."""
        self._do(request, queryset, providers.reset_provider, "Reset")

    @admin.action(description="Remove the selected providers")
    def remove(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Those that nobody uses and that did not come with the hub."""
        self._do(request, queryset, providers.delete_provider, "Removed")

    def _do(
        self,
        request: HttpRequest,
        queryset: QuerySet[Provider],
        service: Callable[..., object],
        done: str,
        **options: str,
    ) -> None:
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: service(provider_id=row.pk, actor=actor, **options), done)


def _at(document: Any, path: str) -> Any:
    """The value at a path of names."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document
