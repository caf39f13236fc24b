"""People and their passwords."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from integrations_site.audit.modeladmin import AnnouncedAdmin, ReadOnlyInline
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import acting
from integrations_site.tenancy.models import Membership, User
from integrations_site.web.services import tokens

admin.site.unregister(Group)  # roles are given in tenants; nothing asks for a group


class NewUserForm(UserCreationForm):
    """A new person: an e-mail address, and a password or none."""

    class Meta:
        model = User
        fields = ("email", "full_name")

    def clean_email(self) -> str:
        """Addresses are kept in lower case, for people log in with either."""
        return str(self.cleaned_data["email"]).lower()


class UserForm(UserChangeForm):
    """A person's data; the password has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        """As in NewUserForm."""
        return str(self.cleaned_data["email"]).lower()


class PasswordForm(AdminPasswordChangeForm):
    """Sets somebody's password; their sessions and tokens end."""

    def save(self, commit: bool = True) -> Any:
        with transaction.atomic():
            announce(action="user.password_set", actor=Actor(acting.current()), subject=self.user.public_id)
            tokens.take_back(user=self.user)
            return super().save(commit)


class PlacesInline(ReadOnlyInline):
    """The tenants that a person belongs to; changed on the tenant's page."""

    model = Membership
    fields = ("tenant", "role")
    verbose_name_plural = "tenants"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("tenant", "user")  # type: ignore[no-any-return]


@admin.register(User)
class UserAdmin(AnnouncedAdmin, DjangoUserAdmin):  # type: ignore[misc,type-arg]
    """People. Deactivate rather than delete: the audit trail and the books name them."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ("email", "full_name", "is_active", "is_superuser", "last_login", "created_at")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("public_id", "last_login", "created_at")
    inlines = (PlacesInline,)
    fieldsets = (
        (None, {"fields": ("email", "full_name", "password")}),
        ("Rights", {"fields": ("is_active", "is_superuser")}),
        ("Known", {"fields": ("public_id", "last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "full_name", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[type[ReadOnlyInline], ...]:
        """A new person belongs nowhere yet."""
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """Whoever stands above tenants may use the admin, and nobody else."""
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)
