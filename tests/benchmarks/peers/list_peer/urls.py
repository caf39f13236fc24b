"""Three addresses: /trivial, /plain and /oauth."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from list_peer.models import Case
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet


class CaseSerializer(ModelSerializer):
    """Every column."""

    class Meta:
        model = Case
        fields = "__all__"


class CaseViewSet(ModelViewSet):
    """What a tutorial would build."""

    queryset = Case.objects.all()
    serializer_class = CaseSerializer


class OAuthCaseViewSet(CaseViewSet):
    """The same behind oauth-toolkit."""

    authentication_classes = [OAuth2Authentication]
    permission_classes = [IsAuthenticated]


def trivial(request: HttpRequest) -> JsonResponse:
    """The least that Django can answer."""
    return JsonResponse({"ok": True})


urlpatterns = [
    path("trivial", trivial),
    path("plain", CaseViewSet.as_view({"get": "list"})),
    path("oauth", OAuthCaseViewSet.as_view({"get": "list"})),
]
