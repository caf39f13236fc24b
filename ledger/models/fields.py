"""The three kinds of numbers in the ledger."""

from typing import Any

from django.db import models


class AmountField(models.DecimalField):  # type: ignore[type-arg]
    """Money at the minor unit of its currency (at most three decimals)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"max_digits": 18, "decimal_places": 3}))


class PriceField(models.DecimalField):  # type: ignore[type-arg]
    """The price of one unit, or a rate."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"max_digits": 20, "decimal_places": 8}))


class QuantityField(models.DecimalField):  # type: ignore[type-arg]
    """How much of something."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"max_digits": 18, "decimal_places": 6}))
