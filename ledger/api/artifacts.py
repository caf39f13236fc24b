"""`/api/cases/{id}/artifacts`: the original document, and what was attached to the case."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import PublicIdField
from integrations_site.api.parsing import JSONParser, UploadParser
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.views import Lists, TenantViewSet
from integrations_site.files.links import signed_link
from ledger.api.parsers import only_file
from ledger.models import Artifact, Case
from ledger.services.artifacts import attach_file

_EXPECTED = "Send it as the part named file of a form (multipart/form-data), such as curl -F file=@delivery-note.pdf"


class ArtifactSerializer(serializers.Serializer[Any]):
    """A file of a case; whoever has the link can read it until it expires."""

    id = PublicIdField("artifact")
    kind = serializers.ChoiceField(choices=Artifact.Kind.choices)
    name = serializers.CharField(source="file.name")
    content_type = serializers.CharField(source="file.content_type")
    size_bytes = serializers.IntegerField(source="file.size_bytes")
    sha256 = serializers.CharField(source="file.sha256")
    created_by = serializers.CharField(source="file.created_by")
    created_at = serializers.DateTimeField()
    url = serializers.SerializerMethodField(help_text="A link that is good for an hour.")

    def get_url(self, artifact: Artifact) -> str:
        """A signed link, good for FILES_LINK_SECONDS."""
        return settings.HUB_BASE_URL + signed_link(artifact.file, seconds=settings.FILES_LINK_SECONDS)


class UploadSerializer(serializers.Serializer[Any]):
    """A form with a file."""

    file = serializers.FileField()


class CaseArtifacts(Lists, TenantViewSet):
    """The files of a case."""

    model = Case
    serializer_class = ArtifactSerializer
    # A body of JSON is read and then refused, so that a case that is not there is said first.
    parser_classes = [UploadParser, JSONParser]

    @documented(responses=ArtifactSerializer(many=True))
    def list(self, request: Request, **address: str) -> Response:
        """The original document and the attachments, with links to them."""
        return super().list(request)

    @documented(request={"multipart/form-data": UploadSerializer}, responses={201: ArtifactSerializer})
    def create(self, request: Request, id: str) -> Response:
        """Attaches a file: PDF, XML, CSV, JSON, text, an image or a spreadsheet, judged by its content."""
        case, file = self.find(Case, id), only_file(request, expected=_EXPECTED)
        artifact = attach_file(case_id=case.pk, content=file.content, name=file.name, actor=self.actor)
        return Response(ArtifactSerializer(artifact).data, status=201)

    def get_queryset(self) -> QuerySet[Any]:
        """The case's files. Raises NotFoundError."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(Artifact).none()
        case = self.find(Case, self.kwargs["id"])
        return Artifact.objects.filter(case=case).select_related("file").order_by("created_at", "pk")


routes = [route("cases/<str:id>/artifacts", CaseArtifacts, actions={"get": "list", "post": "create"})]
