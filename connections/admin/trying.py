"""Trying a provider's definition in the admin: its first page, and what the mapping makes of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.admin.providers import ProviderAdmin
from catalog.definition import CredentialField, ProviderDefinition
from catalog.models import Provider
from catalog.services.providers import definition_of
from connections.services.trying import Trial, try_provider
from integrations_site.audit.modeladmin import actor_of
from integrations_site.kernel.errors import HubError

# A consent belongs to a tenant; whoever tries brings a token that the provider gave them.
_TOKEN = CredentialField(name="accessToken", label="Access token", help="One that the provider has given you.")
_PREFIX = "credential-"


class TrialForm(forms.Form):
    """The data type, and the credentials to try it with; they are not kept."""

    entity = forms.ChoiceField(label="Data type", widget=UnfoldAdminSelectWidget)

    def __init__(self, definition: ProviderDefinition, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [entity.name for entity in definition.entities]
        self.fields["entity"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        for field in definition.fields_to_type_in or [_TOKEN]:
            self.fields[f"{_PREFIX}{field.name}"] = _typed_in(field)
        self.fields["settings"] = forms.JSONField(
            required=False,
            initial=dict,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            help_text='What addresses need of an integration\'s settings, as JSON, such as {"shop": "acme"}.',
        )

    def clean_settings(self) -> dict[str, Any]:
        """The settings. Raises ValidationError for what is no object."""
        found = self.cleaned_data["settings"] or {}
        if not isinstance(found, dict):
            raise forms.ValidationError("An object is expected, in braces.")
        return found

    @property
    def credentials(self) -> dict[str, str]:
        """What was typed in, by the names of the provider's fields."""
        typed = {name.removeprefix(_PREFIX): text for name, text in self.cleaned_data.items() if _PREFIX in name}
        return {name: text for name, text in typed.items() if text}


admin.site.unregister(Provider)


@admin.register(Provider)
class TriedProviderAdmin(ProviderAdmin):
    """Providers, which can be tried as well."""

    actions_detail = ("try_it",)

    def has_try_it_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Super admins."""
        return bool(request.user.is_superuser)

    @action(description="Try it", url_path="try", icon="play_arrow", permissions=["try_it"])
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for credentials; a POST shows the first page, as it came and mapped."""
        provider = get_object_or_404(Provider, pk=object_id)
        form, trial = TrialForm(definition_of(provider), request.POST or None), None
        if request.method == "POST" and form.is_valid():
            trial = _tried(provider, form, request)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Try {provider}",
            "provider": provider,
            "form": form,
            "has_data": bool(definition_of(provider).entities),
            "trial": trial,
        }
        return TemplateResponse(request, "admin/try_provider.html", context)


def _tried(provider: Provider, form: TrialForm, request: HttpRequest) -> Trial | None:
    """What came of it; what the hub refuses stands above the form."""
    try:
        return try_provider(
            provider=provider,
            entity=form.cleaned_data["entity"],
            credentials=form.credentials,
            settings=form.cleaned_data["settings"],
            actor=actor_of(request),
        )
    except HubError as error:
        form.add_error(None, error.message)
        return None


def _typed_in(field: CredentialField) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget if field.secret else UnfoldAdminTextInputWidget
    return forms.CharField(
        label=field.label,
        help_text=field.help or "",
        required=field.required,
        strip=False,
        widget=widget(attrs={"autocomplete": "off"}),
    )
