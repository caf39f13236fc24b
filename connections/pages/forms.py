"""The form in which credentials are typed in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import escape

from catalog.definition import CredentialField
from connections.services.credential_forms import LONGEST

_OTHER_ACCOUNT = "takes_other_account"


class CredentialsForm(forms.Form):
    """A field for each credential that the provider asks for. What was typed into secret ones is not shown again."""

    def __init__(self, fields: Sequence[CredentialField], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._names = [field.name for field in fields]
        for field in fields:
            self.fields[field.name] = forms.CharField(
                label=field.label,
                help_text=escape(field.help or ""),  # the template takes help for markup
                required=field.required,
                max_length=LONGEST,
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}) if field.secret else forms.TextInput(),
            )

    def offer_other_account(self) -> None:
        """Adds the box that confirms another account."""
        self.fields[_OTHER_ACCOUNT] = forms.BooleanField(
            label="Connect this other account instead",
            required=False,
            help_text="What was synced of the first one is deleted.",
        )

    @property
    def credentials(self) -> dict[str, str]:
        """What was typed in, once the form is valid."""
        return {name: self.cleaned_data[name] for name in self._names if self.cleaned_data[name]}
