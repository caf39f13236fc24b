"""Fields that the ledger's bodies share."""

import unicodedata
from typing import Any, ClassVar

from django.db import models

from integrations_site.api import fields
from integrations_site.api.serializers import StrictModelSerializer
from ledger.models.fields import AmountField, PriceField, QuantityField


class PlainTextField(fields.TextField):
    """Text on one line: every script, mark and emoji, but no control character."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "control": "The character U+{point:04X} at position {position} is a control character, which no text may hold."
    }

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises ValidationError."""
        text = super().to_internal_value(data)
        for position, character in enumerate(text, 1):
            if unicodedata.category(character) == "Cc":
                self.fail("control", point=ord(character), position=position)
        return text


class RateField(fields.PriceField):
    """A tax rate in percent, with up to four decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 7, "decimal_places": 4, "min_value": 0} | options))


class LedgerSerializer(StrictModelSerializer):
    """A ledger model's body and answer, with its kinds of numbers, and texts without control characters."""

    serializer_field_mapping = {
        **StrictModelSerializer.serializer_field_mapping,
        models.CharField: PlainTextField,
        AmountField: fields.MoneyField,
        PriceField: fields.PriceField,
        QuantityField: fields.QuantityField,
    }
