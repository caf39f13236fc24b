"""`/api/vendors`."""

from collections.abc import Callable
from typing import Any

import django_filters
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import ReferenceField
from integrations_site.api.filters import FilterSet, FlagFilter
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.views import Creates, HubView, Lists, Retrieves, TenantViewSet, Updates
from ledger.api.fields import LedgerSerializer
from ledger.models import Account, Vendor
from ledger.services import vendors

_FIELDS = (
    "id", "code", "name", "tax_id", "electronic_address", "email", "terms_days", "default_account_id", "is_confirmed",
    "is_active", "balance", "created_at", "updated_at",
)  # fmt: skip


class VendorSerializer(LedgerSerializer):
    """A vendor.

    `balance` is what its open bills come to, in the tenant's currency. Without `terms_days` the tenant's hold.
    """

    default_account_id = ReferenceField(Account, source="default_account", required=False, allow_null=True)

    class Meta:
        model = Vendor
        fields = _FIELDS
        read_only_fields = ("is_confirmed", "is_active", "balance")
        extra_kwargs = {"code": {"required": False}}
        validators: tuple[Any, ...] = ()


class VendorFilters(FilterSet):
    """What narrows the list of vendors."""

    code = django_filters.CharFilter()
    tax_id = django_filters.CharFilter()
    is_active = FlagFilter()
    is_confirmed = FlagFilter()

    class Meta:
        model = Vendor
        fields: tuple[str, ...] = ()


class VendorViewSet(Lists, Retrieves, Creates, Updates, TenantViewSet):
    """Suppliers that send invoices."""

    model = Vendor
    serializer_class = VendorSerializer
    filterset_class = VendorFilters
    search_fields = ("name", "code", "tax_id")
    sorting = {"name": "name", "code": "code", "createdAt": "created_at", "balance": "balance"}
    default_sorting = ("name", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "head", "options"]

    def create_object(self, data: Any) -> Vendor:
        """A new vendor, confirmed by whoever makes it."""
        return vendors.create_vendor(data=vendors.VendorInput(**data), actor=self.actor)

    def update_object(self, thing: Vendor, data: Any) -> Vendor:
        """Changes a vendor."""
        return vendors.update_vendor(vendor_id=thing.pk, changes=data, actor=self.actor)


class VendorAction(HubView):
    """POST: one decision about a vendor."""

    roles = TENANT_ADMINS
    act: Callable[..., Vendor]

    def _decide(self, id: str) -> Response:
        vendor = type(self).act(vendor_id=self.find(Vendor, id).pk, actor=self.actor)
        return Response(VendorSerializer(vendor).data)


class ConfirmVendor(VendorAction):
    """POST: somebody has looked at a vendor that an import made."""

    act = staticmethod(vendors.confirm_vendor)

    @documented(request=None, responses=VendorSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Confirms a vendor, so that its cases can be approved."""
        return self._decide(id)


class DeactivateVendor(VendorAction):
    """POST: the vendor gets no new cases."""

    act = staticmethod(vendors.deactivate_vendor)

    @documented(request=None, responses=VendorSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Deactivates a vendor; it stays in the books, and gets no new cases."""
        return self._decide(id)


class ActivateVendor(VendorAction):
    """POST: the vendor gets cases again."""

    act = staticmethod(vendors.activate_vendor)

    @documented(request=None, responses=VendorSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Activates a vendor again."""
        return self._decide(id)


router = Router()
router.register("vendors", VendorViewSet, basename="vendor")
routes = [
    *router.urls,
    route("vendors/<str:id>/confirm", ConfirmVendor),
    route("vendors/<str:id>/deactivate", DeactivateVendor),
    route("vendors/<str:id>/activate", ActivateVendor),
]
