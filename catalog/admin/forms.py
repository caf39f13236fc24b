"""The form of a provider: what most changes are about as fields, the whole definition as JSON, secrets write-only."""

import json
from typing import Any, get_args

import msgspec
from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.definition import DefinitionInvalidError, parse, to_json
from catalog.definition.merging import merge, patch_between
from catalog.definition.reading import trusted
from catalog.definition.words import Category
from catalog.models import Provider

_JSON = {"rows": 30, "spellcheck": "false"}
# Fields of the form that are part of the definition, by their names there.
NAMES = {
    "display_name": "displayName",
    "description": "description",
    "category": "category",
    "status": "status",
    "audience": "audience",
    "is_premium": "isPremium",
    "required_plan": "requiredPlan",
}
_SECRETS = {"new_client_secret": ("oauthConfig", "clientSecret"), "new_webhook_secret": ("webhooks", "secret")}


class DefinitionField(forms.JSONField):
    """A definition as people read it: in the order of its schema, a line for each part."""

    def prepare_value(self, value: Any) -> Any:
        """The text to be edited; what somebody typed that is no JSON stays as it is."""
        if value is None:
            return ""
        if not isinstance(value, dict):
            return super().prepare_value(value)
        try:
            shown = to_json(trusted(value))
        except (msgspec.ValidationError, ValueError):
            shown = value
        return json.dumps(shown, indent=2, ensure_ascii=False)


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """A provider: its definition is checked as that of the API is. What the fields say goes before the JSON."""

    category = forms.ChoiceField(choices=[(word, word) for word in get_args(Category)], widget=UnfoldAdminSelectWidget)
    definition = DefinitionField(
        widget=UnfoldAdminTextareaWidget(attrs=_JSON),
        help_text="The body of POST /api/admin/integrations, without secrets; /api/docs has an example.",
    )
    new_client_secret = forms.CharField(
        label="New client secret",
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Of the hub's OAuth client. Left empty, the present one stays; it is never shown.",
    )
    new_webhook_secret = forms.CharField(
        label="New webhook secret",
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="What the provider signs its webhooks with. Left empty, the present one stays; it is never shown.",
    )

    class Meta:
        model = Provider
        fields = (*NAMES, "definition")
        widgets = {"required_plan": UnfoldAdminTextInputWidget}

    def clean(self) -> dict[str, Any]:
        """Says what is wrong beside the field that it is about. `document` becomes the definition with its secrets."""
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        document = self._document(given)
        try:
            parse(document)
        except DefinitionInvalidError as error:
            for path, found in error.details["fields"].items():
                self.add_error(self._field_of(path), [f"{path}: {message}" for message in found])
        else:
            given["document"] = document
        return given

    def patch(self) -> dict[str, Any]:
        """What the form changes, as a merge patch."""
        return patch_between(self.instance_definition, self.cleaned_data["document"])

    @property
    def instance_definition(self) -> dict[str, Any]:
        """The definition before."""
        found: dict[str, Any] = self.initial.get("definition") or {}
        return found

    def _document(self, given: dict[str, Any]) -> Any:
        """The JSON, with the fields that were changed and the secrets that were typed in put into it."""
        if not isinstance(given["definition"], dict):
            return given["definition"]
        changed = NAMES if self.instance._state.adding else [name for name in NAMES if name in self.changed_data]
        patch: dict[str, Any] = {NAMES[name]: _told(given[name]) for name in changed}
        for name, (part, key) in _SECRETS.items():
            if given.get(name):
                patch[part] = {key: given[name]}
        return merge(given["definition"], patch)

    def _field_of(self, path: str) -> str:
        own = {inner: name for name, inner in NAMES.items()}
        found = own.get(path, "definition")
        return found if found in self.fields else "definition"


def _told(value: Any) -> Any:
    return None if value == "" else value
