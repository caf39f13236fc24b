"""The form in which a tenant's admin describes a field of their own."""

from collections.abc import Sequence
from typing import Any

from django import forms

from connections.services.field_mappings import OWN_TYPES, FieldInput


class FieldForm(forms.Form):
    """A field of a data type's records."""

    entity = forms.ChoiceField(label="Data type")
    name = forms.CharField(label="Name", max_length=60, help_text="Letters, digits, _ and -, such as branch.")
    path = forms.CharField(
        label="Where it stands", max_length=200, help_text="In the provider's record, such as metadata.branch."
    )
    type = forms.ChoiceField(label="Type", choices=[(word, word.replace("_", " ")) for word in OWN_TYPES])

    def __init__(self, entities: Sequence[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["entity"].choices = [(name, name.replace("_", " ")) for name in entities]  # type: ignore[attr-defined]

    @property
    def given(self) -> FieldInput:
        """What was typed in, once the form is valid."""
        return FieldInput(**self.cleaned_data)
