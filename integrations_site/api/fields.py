"""Fields of bodies: strict about form, exact about numbers, and blind to other tenants' things."""

import datetime as dt
import re
import uuid
from decimal import Context, Decimal
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from integrations_site.api.days import day_of
from integrations_site.kernel import ids
from integrations_site.kernel.errors import NotFoundError
from integrations_site.kernel.money import MINOR_DIGITS
from integrations_site.tenancy.models import PublicId

# Wider than any number that the parser lets in, so that nothing is rounded before it is judged.
_WIDE = Context(prec=128)
_LONGEST_TOLD = 100
LIST_EXPECTED = "A list is expected, in square brackets."
NO_CURRENCY = "is no currency code of ISO 4217; one is three capital letters, such as EUR or USD."
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?", re.ASCII)


class TextField(serializers.CharField):
    """Text, and nothing that merely looks like it: a number is refused. White space around it is dropped."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "A text is expected."}

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """Yes or no."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "true or false is expected."}


class DateField(serializers.DateField):
    """A day that exists, as `YYYY-MM-DD`."""

    def to_internal_value(self, value: Any) -> dt.date:
        """The day. Raises ValidationError."""
        try:
            return day_of(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class ExactField(serializers.DecimalField):
    """A number kept exactly; one with more decimals than are kept is refused, not rounded."""

    def to_internal_value(self, data: Any) -> Decimal:
        """The number. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("invalid")
        if isinstance(data, str) and not _NUMBER.fullmatch(data):
            self.fail("invalid")
        return self.validate_precision(Decimal(data))

    def validate_precision(self, value: Decimal) -> Decimal:
        """Zeros at the end are no decimals: 1.5000 has one."""
        return super().validate_precision(_without_end_zeros(value))


class MoneyField(ExactField):
    """An amount of money: up to 15 digits and three decimals; whether its currency has so many, services check."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 18, "decimal_places": 3} | options))

    def to_representation(self, value: Any) -> Decimal:  # type: ignore[override]
        """At least two decimals, a third where it is needed."""
        amount = _without_end_zeros(Decimal(value))
        return amount.quantize(Decimal("0.01")) if _decimals(amount) <= 2 else amount


class PriceField(ExactField):
    """The price of one unit, or a rate: up to 12 digits and eight decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 20, "decimal_places": 8} | options))

    def to_representation(self, value: Any) -> Decimal:  # type: ignore[override]
        """As many decimals as it has."""
        return _without_end_zeros(Decimal(value))


class QuantityField(PriceField):
    """How much of something: up to 12 digits and six decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 18, "decimal_places": 6} | options))


class ChoiceField(serializers.ChoiceField):
    """One of a few words; whoever sends another is told which there are."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_choice": '"{input!s:.60}" is none of {choices}.'}

    def fail(self, key: str, **told: Any) -> Any:
        """Raises ValidationError."""
        super().fail(key, choices=", ".join(str(choice) for choice in self.choices), **told)


class ListField(serializers.ListField):
    """A list."""

    default_error_messages: ClassVar[dict[str, Any]] = {"not_a_list": LIST_EXPECTED}


class CurrencyField(ChoiceField):
    """A currency's code of ISO 4217."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_choice": f'"{{input!s:.60}}" {NO_CURRENCY}'}

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=sorted(MINOR_DIGITS), **options)


class PublicIdField(serializers.Field):  # type: ignore[type-arg]
    """An id such as `case-0199…`; inside it is a UUID. A text that is no such id names nothing that exists: 404."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """The UUID. Raises NotFoundError."""
        found = ids.parse(self.kind, data)
        if found is None:
            raise self._missing(data, f"; its id has the form {self.kind}- and 32 hexadecimal digits")
        return found

    def to_representation(self, value: Any) -> str:
        """The public form."""
        return ids.public(self.kind, value.pk if isinstance(value, models.Model) else value)

    def _missing(self, data: Any, reason: str = "") -> NotFoundError:
        """Says what was sent, if that may be an id at all."""
        told = {self.field_name or "": data} if isinstance(data, str) and len(data) <= _LONGEST_TOLD else {}
        return NotFoundError.of(self.kind, reason, details=told)


class ReferenceField(PublicIdField):
    """Another thing of the same tenant, named by its public id. What is not there, or not the tenant's, is 404."""

    def __init__(self, model: type[PublicId], **options: Any) -> None:
        super().__init__(model.id_kind, **options)
        self.model = model

    def use_pk_only_optimization(self) -> bool:
        """The related object is not needed to tell its id."""
        return True

    def get_attribute(self, instance: Any) -> Any:
        """The foreign key's own column where there is one, so that nothing is fetched."""
        column = f"{self.source_attrs[-1]}_id" if self.source_attrs else ""
        if len(self.source_attrs) == 1 and hasattr(instance, column):
            return getattr(instance, column)
        return super().get_attribute(instance)

    def to_internal_value(self, data: Any) -> Any:
        """The object. Raises NotFoundError."""
        found = self.model._default_manager.filter(pk=super().to_internal_value(data)).first()
        if found is None:
            raise self._missing(data)
        return found


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _without_end_zeros(value: Decimal) -> Decimal:
    found = value.normalize(_WIDE)
    return found if _decimals(found) else found.quantize(Decimal(1), context=_WIDE)
