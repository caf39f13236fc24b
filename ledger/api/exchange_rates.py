"""`/api/exchange-rates`."""

from typing import Any

from integrations_site.api.fields import CurrencyField
from integrations_site.api.filters import CurrencyFilter, DayFilter, FilterSet
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router
from integrations_site.api.views import Creates, Deletes, Lists, Retrieves, TenantViewSet, Updates
from ledger.api.fields import LedgerSerializer
from ledger.models import ExchangeRate
from ledger.services import exchange_rates


class ExchangeRateSerializer(LedgerSerializer):
    """What one unit of a currency is worth in the tenant's currency, from a day on."""

    currency = CurrencyField()

    class Meta:
        model = ExchangeRate
        fields = ("id", "currency", "date", "rate", "created_at", "updated_at")
        validators: tuple[Any, ...] = ()

    def get_fields(self) -> dict[str, Any]:
        """A rate keeps its currency."""
        found = super().get_fields()
        if self.instance is not None:
            found["currency"].read_only = True
        return found


class ExchangeRateFilters(FilterSet):
    """What narrows the list of rates."""

    currency = CurrencyFilter()
    date_from = DayFilter(field_name="date", lookup_expr="gte")
    date_to = DayFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = ExchangeRate
        fields: tuple[str, ...] = ()


class ExchangeRateViewSet(Lists, Retrieves, Creates, Updates, Deletes, TenantViewSet):
    """Rates of foreign currencies."""

    model = ExchangeRate
    serializer_class = ExchangeRateSerializer
    filterset_class = ExchangeRateFilters
    sorting = {"currency": "currency", "date": "date"}
    default_sorting = ("currency", "-date", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def create_object(self, data: Any) -> ExchangeRate:
        """A new rate."""
        return exchange_rates.create_exchange_rate(**data, actor=self.actor)

    def update_object(self, thing: ExchangeRate, data: Any) -> ExchangeRate:
        """Corrects a rate or its day."""
        return exchange_rates.update_exchange_rate(rate_id=thing.pk, changes=data, actor=self.actor)

    def delete_object(self, thing: ExchangeRate) -> None:
        """Removes a rate."""
        exchange_rates.delete_exchange_rate(rate_id=thing.pk, actor=self.actor)


router = Router()
router.register("exchange-rates", ExchangeRateViewSet, basename="exchange-rate")
routes = router.urls
