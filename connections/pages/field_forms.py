"""The form in which a tenant's admin describes a field of their own."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from connections.services.field_mappings import FieldInput
from integrations_site.kernel.errors import HubError

TYPES = {
    "text": "Text",
    "integer": "Whole number",
    "decimal": "Number",
    "currency": "Currency, such as EUR",
    "money_minor": "Amount of money in the smallest unit, such as cents",
    "money_major": "Amount of money, such as 10.50",
    "boolean": "Yes or no",
    "instant": "Moment",
    "date": "Day",
    "choice": "Choice: one of a few values",
    "list": "List",
    "object": "Object",
}
_AS_TYPED = {"text", "choice", "currency"}
_BASIC = ("entity", "name", "path", "type")
_LONGEST_CHOICES = 20_000
# What services call the members of the form otherwise.
_MEMBERS = {"dataType": "entity", "currencyPath": "currency_path"}


class FieldForm(forms.Form):
    """A field of a data type's records."""

    entity = forms.ChoiceField(label="Data type")
    name = forms.CharField(label="Name", max_length=60, help_text="Letters, digits, _ and -, such as branch.")
    path = forms.CharField(
        label="Where it stands", max_length=200, help_text="In the provider's record, such as metadata.branch."
    )
    type = forms.ChoiceField(label="Type", choices=list(TYPES.items()))
    currency_path = forms.CharField(
        label="Where its currency stands",
        max_length=200,
        required=False,
        help_text="For amounts of money: the path of the currency's code, such as currency.",
    )
    format = forms.CharField(
        label="How it is written",
        max_length=60,
        required=False,
        help_text="For moments and days: unix (seconds), unix_ms (milliseconds), iso, ms_date, ts, or a pattern such "
        "as %d.%m.%Y. Left empty, a value is taken for what it looks like.",
    )
    choices = forms.CharField(
        required=False,
        max_length=_LONGEST_CHOICES,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For choices, one a line: the provider's value = what you call it, such as P = paid.",
    )
    default = forms.CharField(
        label="Otherwise",
        max_length=500,
        required=False,
        help_text="What it is where a record has no value, or one that is no choice.",
    )
    required = forms.BooleanField(label="Required", required=False, help_text="A record without a value is set aside.")

    def __init__(self, entities: Sequence[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["entity"].choices = [(name, name.replace("_", " ")) for name in entities]  # type: ignore[attr-defined]

    def clean_choices(self) -> dict[str, str]:
        """The choices by the provider's value. Raises ValidationError for a line that is none."""
        found = {}
        for number, line in enumerate(self.cleaned_data["choices"].splitlines(), 1):
            vendors, _, ours = (part.strip() for part in line.rpartition("="))
            if line.strip() and not (vendors and ours):
                raise forms.ValidationError(f"Line {number} is no choice: write it as “P = paid”.")
            if vendors in found:
                raise forms.ValidationError(f"Line {number} says “{vendors}” once more; keep one.")
            if line.strip():
                found[vendors] = ours
        return found

    @property
    def basics(self) -> Iterator[BoundField]:
        """What every field needs."""
        return (self[name] for name in _BASIC)

    @property
    def rules(self) -> Iterator[BoundField]:
        """What only some types need."""
        return (self[name] for name in self.fields if name not in _BASIC)

    @property
    def has_rules(self) -> bool:
        """Whether anything of that was typed in, or is wrong."""
        return any(field.errors or (self.is_bound and field.data) for field in self.rules)

    @property
    def given(self) -> FieldInput:
        """What was typed in, once the form is valid."""
        typed = self.cleaned_data
        rules = {
            "currencyPath": typed["currency_path"] or None,
            "format": typed["format"] or None,
            "choices": typed["choices"] or None,
            "default": _typed(typed["default"], typed["type"]),
            "required": typed["required"] or None,
        }
        return FieldInput(**{name: typed[name] for name in _BASIC}, rules=rules)

    def tell(self, error: HubError) -> None:
        """Shows what a service refused, beside the members that it names."""
        fields = error.details.get("fields") or {}
        for where, problems in fields.items():
            member = where.partition(".")[0]
            place = _MEMBERS.get(member, member)
            self.add_error(place if place in self.fields else None, problems)
        if not fields:
            self.add_error(None, error.message)


def _typed(text: str, kind: str) -> Any:
    """A default as its type wants it; what cannot be read so stays a text, which services refuse."""
    if not text or kind in _AS_TYPED:
        return text or None
    try:
        return json.loads(text.lower())
    except ValueError:
        return text
