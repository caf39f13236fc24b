"""`/api/inventory-items/{id}/…`: the movements of an item, and changing its stock by hand."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import ChoiceField, DateField, QuantityField
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import HubView, Lists, TenantViewSet
from ledger.api.fields import LedgerSerializer, PlainTextField
from ledger.models import InventoryItem, StockMovement
from ledger.services.stock import adjust_stock

_BY_HAND = (StockMovement.Kind.ISSUE, StockMovement.Kind.ADJUSTMENT)


class MovementSerializer(LedgerSerializer):
    """A change of stock; out is negative. `number` counts the item's movements."""

    class Meta:
        model = StockMovement
        fields = ("id", "number", "kind", "quantity", "value", "unit_cost", "date", "reason", "created_at")


class AdjustmentSerializer(StrictSerializer):
    """How much goes in, or (negative) out, and why."""

    quantity = QuantityField(help_text="How much goes in; negative: out. Not zero, and negative for an issue.")
    reason = PlainTextField(max_length=200, help_text="Why, for whoever reads the books.")
    kind = ChoiceField(
        choices=[kind.value for kind in _BY_HAND],
        default=StockMovement.Kind.ADJUSTMENT,
        help_text="`issue`: used or sold. `adjustment`: what a count found.",
    )
    date = DateField(required=False, default=None, help_text="The day in the books; left out: today.")


class AdjustStock(HubView):
    """POST: stock is used, sold or counted."""

    roles = TENANT_ADMINS

    @documented(request=AdjustmentSerializer, responses={201: MovementSerializer}, errors=[422])
    def post(self, request: Request, id: str) -> Response:
        """Changes an item's stock at average cost, and books it."""
        item, body = self.find(InventoryItem, id), AdjustmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        kind = StockMovement.Kind(body.validated_data.pop("kind"))
        changed = adjust_stock(item_id=item.pk, kind=kind, actor=self.actor, **body.validated_data)
        return Response(MovementSerializer(changed.movement).data, status=201)


class ItemMovements(Lists, TenantViewSet):
    """GET: the movements of an item."""

    model = StockMovement
    serializer_class = MovementSerializer
    default_sorting = ("-number",)

    @documented(responses=MovementSerializer(many=True))
    def list(self, request: Request, **address: str) -> Response:
        """Every movement of an item; the last comes first."""
        return super().list(request)

    def get_queryset(self) -> QuerySet[Any]:
        """The item's movements. Raises NotFoundError."""
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found
        return found.filter(item=self.find(InventoryItem, self.kwargs["id"])).order_by(*self.default_sorting)


routes = [
    route("inventory-items/<str:id>/adjust", AdjustStock),
    route("inventory-items/<str:id>/movements", ItemMovements, actions={"get": "list"}),
]
