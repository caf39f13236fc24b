"""`/api/accounts`, `/api/account-mappings` and `/api/tax-rules`: where lines and taxes are booked."""

from typing import Any

import django_filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import ReferenceField
from integrations_site.api.filters import ChoiceFilter, FilterSet, FlagFilter, PublicIdFilter
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import Creates, Deletes, HubView, Lists, Retrieves, TenantViewSet, Updates
from ledger.api.fields import LedgerSerializer, RateField
from ledger.models import Account, AccountMapping, InventoryItem, Purpose, TaxRule, Vendor
from ledger.services import account_mappings, accounts


class AccountSerializer(LedgerSerializer):
    """An account of the chart."""

    parent_id = ReferenceField(Account, source="parent", required=False, allow_null=True)

    class Meta:
        model = Account
        fields = ("id", "code", "name", "type", "parent_id", "is_active", "created_at", "updated_at")
        read_only_fields = ("is_active",)
        validators: tuple[Any, ...] = ()


class AccountFilters(FilterSet):
    """What narrows the chart."""

    code = django_filters.CharFilter()
    type = ChoiceFilter(choices=Account.Type.choices)
    parent_id = PublicIdFilter("account", field_name="parent_id")
    is_active = FlagFilter()

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()


class AccountViewSet(Lists, Retrieves, Creates, Updates, TenantViewSet):
    """The chart of accounts."""

    model = Account
    serializer_class = AccountSerializer
    filterset_class = AccountFilters
    search_fields = ("code", "name")
    sorting = {"code": "code", "name": "name"}
    default_sorting = ("code", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "head", "options"]

    def create_object(self, data: Any) -> Account:
        """A new account."""
        return accounts.create_account(**data, actor=self.actor)

    def update_object(self, thing: Account, data: Any) -> Account:
        """Changes an account; its type only while it has no entries."""
        return accounts.update_account(account_id=thing.pk, changes=data, actor=self.actor)


class DeactivateAccount(HubView):
    """POST: nothing more is booked on the account."""

    roles = TENANT_ADMINS

    @documented(request=None, responses=AccountSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Deactivates an account that nothing points at any more."""
        account = accounts.deactivate_account(account_id=self.find(Account, id).pk, actor=self.actor)
        return Response(AccountSerializer(account).data)


class ActivateAccount(HubView):
    """POST: the account can be booked on again."""

    roles = TENANT_ADMINS

    @documented(request=None, responses=AccountSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Activates an account again."""
        account = accounts.activate_account(account_id=self.find(Account, id).pk, actor=self.actor)
        return Response(AccountSerializer(account).data)


class MappingSerializer(LedgerSerializer):
    """The account for a purpose: of an item, a vendor or a line category, in this order; else of everything."""

    account_id = ReferenceField(Account, source="account")
    account_code = serializers.CharField(source="account.code", read_only=True)
    item_id = ReferenceField(InventoryItem, source="item", required=False, allow_null=True)
    vendor_id = ReferenceField(Vendor, source="vendor", required=False, allow_null=True)

    class Meta:
        model = AccountMapping
        fields = (
            "id",
            "purpose",
            "account_id",
            "account_code",
            "item_id",
            "vendor_id",
            "category",
            "created_at",
            "updated_at",
        )
        validators: tuple[Any, ...] = ()


class MappingChangesSerializer(StrictSerializer):
    """The account that a mapping is pointed at."""

    account_id = ReferenceField(Account, source="account")


class MappingFilters(FilterSet):
    """What narrows the list of mappings."""

    purpose = ChoiceFilter(choices=Purpose.choices)
    category = django_filters.CharFilter()
    account_id = PublicIdFilter("account", field_name="account_id")
    vendor_id = PublicIdFilter("vendor", field_name="vendor_id")
    item_id = PublicIdFilter("item", field_name="item_id")

    class Meta:
        model = AccountMapping
        fields: tuple[str, ...] = ()


class MappingViewSet(Lists, Retrieves, Creates, Deletes, TenantViewSet):
    """Which account serves which purpose."""

    model = AccountMapping
    serializer_class = MappingSerializer
    filterset_class = MappingFilters
    sorting = {"purpose": "purpose", "category": "category"}
    default_sorting = ("purpose", "category", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> Any:
        """Mappings with their accounts."""
        return super().get_queryset().select_related("account")

    def create_object(self, data: Any) -> AccountMapping:
        """A new mapping."""
        return account_mappings.create_mapping(data=account_mappings.MappingInput(**data), actor=self.actor)

    @documented(request=MappingChangesSerializer, responses=MappingSerializer, errors=[422])
    def partial_update(self, request: Request, id: str) -> Response:
        """Points a mapping at another account."""
        mapping = self.get_object()
        body = MappingChangesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        account = body.validated_data["account"]
        changed = account_mappings.update_mapping(mapping_id=mapping.pk, account=account, actor=self.actor)
        return Response(MappingSerializer(changed).data)

    def delete_object(self, thing: AccountMapping) -> None:
        """Removes a mapping."""
        account_mappings.delete_mapping(mapping_id=thing.pk, actor=self.actor)


class TaxRuleSerializer(LedgerSerializer):
    """Whether tax of a category and rate is claimed back; an empty category or no rate stands for every one."""

    rate = RateField(required=False, allow_null=True)
    account_id = ReferenceField(Account, source="account", required=False, allow_null=True)

    class Meta:
        model = TaxRule
        fields = ("id", "category", "rate", "is_recoverable", "account_id", "created_at", "updated_at")
        extra_kwargs = {"is_recoverable": {"required": True}}
        validators: tuple[Any, ...] = ()


class TaxRuleViewSet(Lists, Retrieves, Creates, Updates, Deletes, TenantViewSet):
    """How taxes are booked."""

    model = TaxRule
    serializer_class = TaxRuleSerializer
    sorting = {"category": "category", "rate": "rate"}
    default_sorting = ("category", "rate", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def create_object(self, data: Any) -> TaxRule:
        """A new rule."""
        return account_mappings.create_tax_rule(data=account_mappings.TaxRuleInput(**data), actor=self.actor)

    def update_object(self, thing: TaxRule, data: Any) -> TaxRule:
        """Changes a rule."""
        return account_mappings.update_tax_rule(rule_id=thing.pk, changes=data, actor=self.actor)

    def delete_object(self, thing: TaxRule) -> None:
        """Removes a rule."""
        account_mappings.delete_tax_rule(rule_id=thing.pk, actor=self.actor)


router = Router()
router.register("accounts", AccountViewSet, basename="account")
router.register("account-mappings", MappingViewSet, basename="account-mapping")
router.register("tax-rules", TaxRuleViewSet, basename="tax-rule")
routes = [
    *router.urls,
    route("accounts/<str:id>/deactivate", DeactivateAccount),
    route("accounts/<str:id>/activate", ActivateAccount),
]
