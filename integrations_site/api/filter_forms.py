"""What is read out of a list's query parameters. Django's own fields do not say what would have been right."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django_filters.fields import IsoDateTimeField

from integrations_site.api.days import day_of, instant_of
from integrations_site.api.fields import NO_CURRENCY
from integrations_site.kernel import ids
from integrations_site.kernel.money import MINOR_DIGITS


class PublicIdField(forms.CharField):
    """The UUID behind an id of one kind, such as `vendor-0199…`."""

    def __init__(self, *, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def to_python(self, value: Any) -> uuid.UUID | None:  # type: ignore[override]
        """The UUID; None where nothing is given. Raises ValidationError."""
        if value in self.empty_values:
            return None
        found = ids.parse(self.kind, value)
        if found is None:
            raise forms.ValidationError(f"An id of the form {self.kind}- and 32 hexadecimal digits is expected.")
        return found


class CurrencyField(forms.CharField):
    """A currency's code."""

    def to_python(self, value: Any) -> str:
        """The code; empty where nothing is given. Raises ValidationError."""
        code = super().to_python(value) or ""
        if code and code not in MINOR_DIGITS:
            raise forms.ValidationError(f'"%(code).60s" {NO_CURRENCY}', params={"code": code})
        return code


class DayField(forms.DateField):
    """A day."""

    def to_python(self, value: Any) -> dt.date | None:
        """The day; None where nothing is given. Raises ValidationError."""
        try:
            return day_of(value) if value else None
        except ValueError as error:
            raise _invalid(error) from None


class InstantField(IsoDateTimeField):
    """An instant."""

    def to_python(self, value: Any) -> dt.datetime | None:
        """The instant; None where nothing is given. Raises ValidationError."""
        try:
            return instant_of(value) if value else None
        except ValueError as error:
            raise _invalid(error) from None


def _invalid(error: ValueError) -> forms.ValidationError:
    """As a parameter, for what is told may hold a percent sign."""
    return forms.ValidationError("%(reason)s", params={"reason": str(error)})


def none_of(words: Iterable[str]) -> dict[str, str]:
    """The refusal of a word that is none of these."""
    return {"invalid_choice": f'"%(value)s" is none of {", ".join(words)}.'}
