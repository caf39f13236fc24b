"""Tenants and their people."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from integrations_site.audit.modeladmin import BY_TENANT, AnnouncedAdmin, ReadOnlyAdmin, actor_of
from integrations_site.tenancy.models import Membership, Tenant
from integrations_site.web.services.tenants import create_tenant


class MembershipFormSet(PaginationInlineFormSet):
    """The forms of a tenant's people; the relation has no name backwards, from which Django would make a prefix."""

    @classmethod
    def get_default_prefix(cls) -> str:
        return "memberships"

    def clean(self) -> None:
        """Each person once; the tenant is no field of the form, so Django does not look."""
        super().clean()
        members = set(Membership.objects.filter(tenant=self.instance).values_list("user_id", flat=True))
        for form in self.extra_forms:
            user = form.cleaned_data.get("user")
            if user and user.pk in members:
                form.add_error("user", "This person belongs to the tenant already.")
            elif user:
                members.add(user.pk)


class MembershipInline(TabularInline):
    """The people of a tenant and their roles."""

    model = Membership
    formset = MembershipFormSet
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    ordering = ("user__email",)
    extra = 0
    per_page = 25
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "tenant")  # type: ignore[no-any-return]


@admin.register(Tenant)
class TenantAdmin(AnnouncedAdmin):
    """Companies. A tenant is never deleted, for its books must remain; deactivate it, and nobody gets in."""

    list_display = ("name", "public_id", "plan", "is_active", "created_at")
    list_filter = ("is_active", "plan")
    search_fields = ("name",)
    readonly_fields = ("public_id", "created_at")
    fields = ("name", "plan", "is_active", "public_id", "created_at")
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[type[TabularInline], ...]:
        """People are added to a tenant that exists."""
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Tenant, form: "ModelForm[Tenant]", change: bool) -> None:
        """A new tenant is made by the hub's service, with its books."""
        if change:
            super().save_model(request, obj, form, change)
            return
        made = create_tenant(name=obj.name, actor=actor_of(request))
        obj.pk, obj._state.adding = made.pk, False
        if (obj.is_active, obj.plan) != (made.is_active, made.plan):
            obj.save(update_fields=["is_active", "plan"])

    def save_formset(
        self, request: HttpRequest, form: "ModelForm[Tenant]", formset: "BaseInlineFormSet[Any, Any, Any]", change: bool
    ) -> None:
        """Announces each person who joins, leaves or gets another role."""
        joined_or_changed = formset.save(commit=False)
        changed = {membership.pk for membership, _ in formset.changed_objects}
        for membership in joined_or_changed:
            verb = "changed" if membership.pk in changed else "created"
            self.announce(request, membership, verb, _told(membership))
            membership.save()
        for membership in formset.deleted_objects:
            self.announce(request, membership, "deleted", _told(membership))
            membership.delete()


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who belongs where; changed on the page of the tenant."""

    list_display = ("person", "tenant", "role", "created_at")
    list_filter = (BY_TENANT, "role")
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "user__full_name", "tenant__name")

    @display(description="person", ordering="user__email")
    def person(self, membership: Membership) -> str:
        """The person's e-mail address."""
        return membership.user.email


def _told(membership: Membership) -> dict[str, Any]:
    return {"user": membership.user.public_id, "email": membership.user.email, "role": membership.role}
