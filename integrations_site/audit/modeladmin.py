"""The admin's ground: tables that are only read, changes that leave a trace, and actions that go through services."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models, transaction
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.text import Truncator
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.views import ChangeList

from integrations_site.audit.actors import actor_column
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.kernel.errors import HubError
from integrations_site.kernel.redaction import HIDDEN, is_secret_name
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User

ModelT = TypeVar("ModelT", bound=models.Model)
BY_TENANT = ("tenant", AutocompleteSelectFilter)
_MOST_COUNTED = 10_000
_LONGEST_VALUE = 200


def actor_of(request: HttpRequest) -> Actor:
    """The super admin who is at work."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("The admin is for people who are logged in")
    return Actor(user.public_id, user.email)


def subject_of(row: models.Model) -> str:
    """The public id of a row, or, for tables of other packages, its table and key."""
    return getattr(row, "public_id", None) or f"{row._meta.model_name}-{row.pk}"


def tenant_id_of(row: models.Model) -> Any:
    """The tenant that a row belongs to, if any."""
    return row.pk if isinstance(row, Tenant) else getattr(row, "tenant_id", None)


def scope_of(row: models.Model) -> AbstractContextManager[None]:
    """The scope of the row's tenant, in which services expect to be called."""
    tenant_id = tenant_id_of(row)
    return scope.tenant_scope(tenant_id) if tenant_id else nullcontext()


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than ten thousand rows; filters lead to the rest. A full count would read the whole table."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows[: _MOST_COUNTED + 1].count() if isinstance(rows, models.QuerySet) else len(rows)


class HubChangeList(ChangeList):
    """Says "of how many" only where something was searched or filtered."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class HubAdmin(ModelAdmin):
    """Lists that stay quick however long the table is, and a search that knows public ids."""

    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    list_filter_submit = True
    list_fullwidth = True
    list_disable_select_all = True
    # What makes the first row, told where there is none.
    empty_hint = ""

    @display(description="ID")
    def public_id(self, row: Any) -> str:
        """The row's id as callers of the API know it."""
        return str(row.public_id)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return HubChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Finds a row by its public id, such as `case-0199…`, or as the model's search fields say."""
        kind = getattr(self.model, "id_kind", None)
        key = ids.parse(kind, search_term.strip()) if kind else None
        if key is not None:
            return queryset.filter(pk=key), False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return]

    def carry_out(
        self,
        request: HttpRequest,
        rows: models.QuerySet[ModelT],
        service: Callable[[ModelT], object],
        done: str,
    ) -> None:
        """Calls a service for each row, in the scope of the row's tenant, and tells what came of it.

        One refusal does not stop the others. `done` is what the message says of those that went well.
        """
        succeeded = 0
        for row in rows:
            try:
                with scope_of(row):
                    service(row)
            except HubError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
            else:
                succeeded += 1
        if succeeded:
            self.message_user(request, f"{done}: {succeeded}", messages.SUCCESS)


class ReadOnlyAdmin(HubAdmin):
    """A table that the admin only shows; what changes is changed by services, through actions.

    A row's page shows all its columns but those whose names speak of secrets.
    """

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[Any, ...]:
        if self.fields:
            return tuple(self.fields)
        names = (field.name for field in self.opts.concrete_fields if not field.primary_key)
        public_id = ("public_id",) if hasattr(self.model, "id_kind") else ()
        return (*public_id, *(_shown(name) for name in names if not is_secret_name(name)))

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[Any, ...]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):
    """Rows that belong to another row, shown in pages."""

    extra = 0
    per_page = 25
    can_delete = False
    show_change_link = False
    tab = True
    ordering = ("pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return tuple(self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class AnnouncedAdmin(HubAdmin):
    """A table that super admins change by hand; each change is announced in the audit trail, in its own transaction."""

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        """Django calls it inside the transaction of the request."""
        verb = "changed" if change else "created"
        if form.changed_data:
            self.announce(request, obj, verb, {"changed": changes_of(form)})
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Django calls it inside the transaction of the request."""
        self.announce(request, obj, "deleted", {"name": str(obj)})
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def announce(self, request: HttpRequest, obj: models.Model, verb: str, data: dict[str, Any]) -> None:
        """Writes into the audit trail what is about to be done to a row."""
        announce(
            action=f"{obj._meta.model_name}.{verb}",
            actor=actor_of(request),
            subject=subject_of(obj),
            data=data,
            tenant_id=tenant_id_of(obj),
        )


class ServiceAdmin(HubAdmin):
    """A table whose rows are changed by a service: the form shows what may be changed, the service decides.

    References can only lead to rows of the same tenant.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def change(self, row: Any, changes: dict[str, Any], actor: Actor) -> None:
        """Calls the service; the row's tenant is in scope."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        """Django calls it inside the transaction of the request."""
        with scope_of(obj):
            self.change(obj, {name: form.cleaned_data[name] for name in form.changed_data}, actor_of(request))

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """As Django does it; what the service refuses is told above the form, and nothing is changed."""
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except HubError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        for field in form.base_fields.values():
            if isinstance(field, ModelChoiceField) and field.queryset is not None:
                field.queryset = field.queryset.filter(tenant_id=tenant_id_of(obj))
        return form


def changes_of(form: "ModelForm[Any]") -> dict[str, Any]:
    """What a form changes: `{"name": {"from": "Acme", "to": "Acme Ltd"}}`; of secrets only that they change."""
    return {
        name: HIDDEN
        if is_secret_name(name)
        else {"from": _text(form.initial.get(name)), "to": _text(form.cleaned_data.get(name))}
        for name in form.changed_data
    }


def _shown(name: str) -> Any:
    return actor_column(name) if name.endswith("_by") else name


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return Truncator(subject_of(value) if isinstance(value, models.Model) else str(value)).chars(_LONGEST_VALUE)
