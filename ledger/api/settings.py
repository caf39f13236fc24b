"""`/api/settings`: how the tenant wants its ledger run."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import BooleanField, ChoiceField, CurrencyField, ListField
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import HubView
from ledger.api.fields import LedgerSerializer
from ledger.models import LedgerSettings, System
from ledger.services.ledger_settings import current_settings, update_settings

_FIELDS = (
    "currency", "unknown_sku", "unknown_vendor", "costing", "four_eyes", "approval_limit", "locked_until",
    "tax_recoverable", "terms_days",
)  # fmt: skip


class SettingsSerializer(LedgerSerializer):
    """The settings. PUT takes all of them, PATCH those that change."""

    currency = CurrencyField(help_text="The currency of the books; fixed once something is booked.")

    class Meta:
        model = LedgerSettings
        fields = _FIELDS
        extra_kwargs = {name: {"required": True} for name in _FIELDS if name != "currency"} | {
            "approval_limit": {"required": True, "min_value": 0}
        }
        validators: tuple[Any, ...] = ()


class SettingsView(HubView):
    """The tenant's settings."""

    write_roles = TENANT_ADMINS

    @documented(responses=SettingsSerializer)
    def get(self, request: Request) -> Response:
        """The settings."""
        return Response(SettingsSerializer(current_settings()).data)

    @documented(request=SettingsSerializer, responses=SettingsSerializer, errors=[409])
    def put(self, request: Request) -> Response:
        """Sets all of them."""
        return self._change(request, partial=False)

    @documented(request=SettingsSerializer, responses=SettingsSerializer, errors=[409])
    def patch(self, request: Request) -> Response:
        """Changes those that the body names."""
        return self._change(request, partial=True)

    def _change(self, request: Request, *, partial: bool) -> Response:
        body = SettingsSerializer(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return Response(SettingsSerializer(update_settings(changes=body.validated_data, actor=self.actor)).data)


class AutoIntegrateSerializer(StrictSerializer):
    """Which systems an approved case is posted to by itself, and what happens where one of them refuses."""

    enabled = BooleanField(source="auto_enabled")
    systems = ListField(child=ChoiceField(choices=System.choices), source="auto_systems")
    on_failure = ChoiceField(choices=LedgerSettings.OnFailure.choices, source="auto_on_failure")


class AutoIntegrateSettingsSerializer(StrictSerializer):
    """Document 000's object."""

    auto_integrate = AutoIntegrateSerializer(source="*")


class AutoIntegrateView(HubView):
    """Automatic integration on approval."""

    write_roles = TENANT_ADMINS

    @documented(responses=AutoIntegrateSettingsSerializer)
    def get(self, request: Request) -> Response:
        """What happens on approval."""
        return Response(AutoIntegrateSettingsSerializer(current_settings()).data)

    @documented(request=AutoIntegrateSettingsSerializer, responses=AutoIntegrateSettingsSerializer)
    def put(self, request: Request) -> Response:
        """Sets what happens on approval."""
        body = AutoIntegrateSettingsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        settings = update_settings(changes=body.validated_data, actor=self.actor)
        return Response(AutoIntegrateSettingsSerializer(settings).data)


routes = [
    route("settings", SettingsView),
    route("settings/auto-integrate", AutoIntegrateView),
]
