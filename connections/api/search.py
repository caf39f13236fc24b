"""`/api/integrations/search` and `/api/integrations/{id}/search`: records of every integration (document 003)."""

import uuid
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.list_parameters import TakesLists
from connections.api.own import OwnView
from connections.api.search_bodies import (
    FoundSerializer,
    GlobalSearchSerializer,
    GroupedSerializer,
    SearchSerializer,
    result_body,
    source_body,
)
from connections.services.search.request import SearchAnswer, SearchRequest
from connections.services.search.searching import search
from integrations_site.api.routing import route
from integrations_site.api.schema import documented


class GlobalSearch(OwnView):
    """POST: searches everything."""

    rate_class = "search"
    asks_vendors = True

    @documented(request=GlobalSearchSerializer, responses=GroupedSerializer, errors=[404])
    def post(self, request: Request) -> Response:
        """Searches the records of the tenant's integrations, and of the caller's own.

        Every word must be in a record, the last one at least as the beginning of a word; where nothing has them, words
        that differ in a letter are searched for. `sources` says how far each integration was searched, and how old
        what the hub holds of it is; providers that offer a search are asked as well, for two seconds at most.
        """
        body = self.body(GlobalSearchSerializer)
        asked = _request(body, self.own(body.get("userId")), body.get("integrations"))
        answer = search(request=asked)
        return Response(_found(answer) | _grouped(answer))


class IntegrationSearch(TakesLists, OwnView):
    """GET: searches one integration."""

    rate_class = "search"
    list_parameters = ("entities",)
    query_parameters = ("query", "entities", "limit", "offset", "userId")

    @documented(
        parameters=[
            OpenApiParameter("query", str, required=True, description="Words to search for."),
            OpenApiParameter("entities", str, many=True, description="Data types, also with commas between."),
            OpenApiParameter("limit", int, description="1 to 100; left out: 10."),
            OpenApiParameter("offset", int, description="Results to skip."),
            OpenApiParameter("userId", str, description="The caller's own id."),
        ],
        responses=FoundSerializer,
        errors=[400, 409],
    )
    def get(self, request: Request, id: str) -> Response:
        """Searches the records of one integration, as `POST /api/integrations/search` does those of all."""
        integration = self.integration(id)
        body = self.body(SearchSerializer, data=self.query())
        asked = _request(body, self.own(body.get("userId")), [integration.id])
        return Response(_found(search(request=asked)))


def _request(body: Mapping[str, Any], person: uuid.UUID | None, integrations: list[uuid.UUID] | None) -> SearchRequest:
    """The search; an empty list, like none, means all."""
    filters = body.get("filters", {})
    dates = filters.get("dateRange", {})
    return SearchRequest(
        query=body["query"],
        person=person,
        integrations=integrations or None,
        entity_lists=[frozenset(names) for names in (body.get("entities"), filters.get("entityTypes")) if names],
        since=dates.get("start"),
        until=dates.get("end"),
        holding=filters.get("customFilters", {}),
        limit=body["limit"],
        offset=body["offset"],
    )


def _found(answer: SearchAnswer) -> dict[str, Any]:
    return {
        "results": [result_body(hit) for hit in answer.hits],
        "total": answer.total,
        "totalIsExact": answer.is_total_exact,
        "matching": "similar" if answer.is_similar else "exact",
        "took": answer.took_ms,
        "hasMore": answer.has_more,
        "sources": [source_body(source) for source in answer.sources],
    }


def _grouped(answer: SearchAnswer) -> dict[str, Any]:
    by_integration: dict[str, list[dict[str, Any]]] = {}
    by_entity: dict[str, list[dict[str, Any]]] = {}
    for hit in answer.hits:
        body = result_body(hit)
        by_integration.setdefault(body["integrationId"], []).append(body)
        by_entity.setdefault(hit.entity, []).append(body)
    return {"byIntegration": by_integration, "byEntity": by_entity}


routes = [
    route("integrations/search", GlobalSearch),
    route("integrations/<str:id>/search", IntegrationSearch),
]
