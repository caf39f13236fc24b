"""`/api/schema` and `/api/docs`: the API's description for programs and for people. Both are public."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from integrations_site.api.views import HubView


class Schema(HubView):
    """The description in OpenAPI 3.1: JSON, or YAML where the caller prefers it (`Accept: application/yaml`)."""

    authentication_classes = []
    permission_classes = []
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The description."""
        renderer: Any = type(request.accepted_renderer)
        return HttpResponse(_rendered(renderer), content_type=renderer.media_type)


class Docs(HubView, SpectacularSwaggerSplitView):
    """The description to read and to try out (Swagger UI, served by the hub itself)."""

    authentication_classes = []
    permission_classes = []
    query_parameters = ("script",)
    template_name = "api/docs.html"


@cache
def _rendered(renderer: Any) -> bytes:
    """The description does not change while the process lives, and takes seconds to make."""
    rendered: bytes = renderer().render(_description(), renderer_context={})
    return rendered


@cache
def _description() -> Any:
    return SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
