"""`/api/admin/integrations/{category}/{id}/test` and `/try`: a provider before tenants use it, for super admins."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Provider
from catalog.services import gates
from connections.api.bodies import ObjectField, RawJsonField, TestedSerializer
from connections.services.provider_tests import test_provider
from connections.services.trying import try_provider
from integrations_site.api.fields import TextField
from integrations_site.api.permissions import SUPER_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import HubView


class TrialRequestSerializer(StrictSerializer):
    """What to try. Credentials by the names of the provider's fields; for OAuth 2 `{"accessToken": "…"}`."""

    entity = TextField(max_length=60)
    credentials = ObjectField(required=False)
    settings = ObjectField(required=False)


class TriedRecordSerializer(serializers.Serializer[Any]):
    """A record as it came, and mapped; or which field did not fit, and why."""

    externalId = serializers.CharField(source="external_id")
    raw = RawJsonField()
    mapped = RawJsonField(source="data", allow_null=True)
    field = serializers.CharField()
    problem = serializers.CharField()


class TrialSerializer(serializers.Serializer[Any]):
    """The first page of a data type. At most 20 of its `count` records are shown."""

    success = serializers.BooleanField()
    entity = serializers.CharField()
    message = serializers.CharField()
    error = serializers.CharField(allow_null=True)
    responseTime = serializers.IntegerField(source="response_time")
    records = TriedRecordSerializer(many=True)
    count = serializers.IntegerField()
    hasMore = serializers.BooleanField(source="has_more")
    total = serializers.IntegerField(allow_null=True)


class _ProviderView(HubView):
    roles = SUPER_ADMINS
    rate_class = "provider"
    needs_tenant = False
    asks_vendors = True

    def provider(self, category: str, public_id: str) -> Provider:
        """Any provider. Raises ProviderNotFoundError."""
        return gates.find_provider(Provider.objects.all(), public_id=public_id, category=category)


class TestProvider(_ProviderView):
    """POST: tests a provider."""

    @documented(request=None, responses=TestedSerializer)
    def post(self, request: Request, category: str, id: str) -> Response:
        """Tests whether a provider can be reached, and whether the hub is known to it."""
        result = test_provider(provider=self.provider(category, id), actor=self.actor)
        return Response(TestedSerializer(result).data)


class TryProvider(_ProviderView):
    """POST: tries a provider's definition."""

    @documented(request=TrialRequestSerializer, responses=TrialSerializer)
    def post(self, request: Request, category: str, id: str) -> Response:
        """Reads the first page of a data type, and shows what the mapping makes of it. The credentials are not kept."""
        provider, body = self.provider(category, id), TrialRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = {"credentials": {}, "settings": {}, **body.validated_data}
        return Response(TrialSerializer(try_provider(provider=provider, actor=self.actor, **asked)).data)


routes = [
    route("admin/integrations/<str:category>/<str:id>/test", TestProvider),
    route("admin/integrations/<str:category>/<str:id>/try", TryProvider),
]
