"""The base of every view of the API.

A view for one thing to do:

    class SubmitCase(HubView):
        "Asks for the approval of a draft."
        roles = TENANT_ADMINS                                   # none: every member of the tenant
        rate_class = "ledger"                                   # settings.RATE_LIMITS

        @documented(request=None, responses=CaseSerializer, errors=[409])      # api.schema
        def post(self, request: Request, id: str) -> Response:
            case = services.submit_case(case=self.find(Case, id), actor=self.actor)
            return Response(CaseSerializer(case).data)

A viewset for the things of a tenant, over services:

    class VendorViewSet(Lists, Retrieves, Creates, Updates, Deletes, TenantViewSet):
        "Suppliers that send invoices."
        model = Vendor
        serializer_class = VendorSerializer                     # StrictModelSerializer; body and answer
        filterset_class = VendorFilters                         # api.filters.FilterSet, PublicIdFilter
        search_fields = ("name", "code")
        sorting = {"name": "name", "created_at": "created_at"}  # ?sortBy=name
        default_sorting = ("name", "pk")
        write_roles = TENANT_ADMINS

        def create_object(self, data): return services.create_vendor(actor=self.actor, **data)
        def update_object(self, thing, data): return services.update_vendor(vendor=thing, actor=self.actor, **data)
        def delete_object(self, thing): services.delete_vendor(vendor=thing, actor=self.actor)

    routes = [route("cases/<str:id>/submit", SubmitCase), *router.urls]

By construction: the caller is known and its tenant in scope; requests are counted and the count told on every answer;
`tenant_id` in a body and `X-Tenant-ID` are the caller's own; a POST with `Idempotency-Key` runs once; every error is
in the form of the view's document (`error_form`); an id that is malformed or another tenant's is 404. Raise
`kernel.errors.HubError` (services do), never answer an error by hand. A view that asks third parties says
`asks_vendors`: then no transaction is open around it.
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from integrations_site.api import errors, idempotency, limits
from integrations_site.api.error_forms import HUB_FORM, ErrorForm
from integrations_site.api.pagination import PARAMETERS
from integrations_site.api.parameters import refuse_unknown
from integrations_site.api.rendering import JSONRenderer
from integrations_site.audit.types import Actor
from integrations_site.kernel import acting, ids
from integrations_site.kernel.errors import ForbiddenError, NotFoundError
from integrations_site.kernel.limits import Usage
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import PublicId, Tenant
from integrations_site.tenancy.tokens import Caller

ModelT = TypeVar("ModelT", bound=PublicId)


class HubView(APIView):
    """A view whose caller, tenant, limits, idempotency and errors are taken care of; see the module's description."""

    rate_class: ClassVar[str] = "ledger"
    roles: ClassVar[frozenset[str]] = frozenset()
    write_roles: ClassVar[frozenset[str] | None] = None
    query_parameters: ClassVar[tuple[str, ...]] = ()
    needs_tenant: ClassVar[bool] = True
    asks_vendors: ClassVar[bool] = False
    error_form: ClassVar[ErrorForm] = HUB_FORM
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    format_kwarg = None
    usage: Usage | None = None

    @property
    def caller(self) -> Caller:
        """Who calls."""
        return self.request.user  # type: ignore[return-value]

    @property
    def actor(self) -> Actor:
        """Who calls, for services and the audit trail."""
        return Actor(self.caller.id, self.caller.label)

    @property
    def tenant_id(self) -> uuid.UUID:
        """The tenant in which the request acts. Raises NoTenantError."""
        return scope.tenant_id()

    def allowed_roles(self) -> frozenset[str]:
        """The roles that may send this request; none means any."""
        if self.write_roles is not None and self.request.method not in SAFE_METHODS:
            return self.write_roles
        return self.roles

    def known_parameters(self) -> set[str]:
        """The names that the query of this request may hold."""
        return set(self.query_parameters)

    def count(self, caller: Caller) -> Usage:
        """Counts the request against its limit: that of the view's class, unless a view knows better."""
        return limits.count_caller(self.rate_class, caller)

    def find(self, model: type[ModelT], public_id: str) -> ModelT:
        """The tenant's thing of this public id. Raises NotFoundError, also for what is another tenant's."""
        return found_in(model._default_manager.all(), public_id)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As DRF does it; a POST with an Idempotency-Key runs once."""
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._answer()
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Everything that is decided before the request is carried out."""
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self._meet_caller(request)
        self.check_permissions(request)
        self._refuse_foreign_tenant(request)
        refuse_unknown(request.query_params, self.known_parameters())

    def handle_exception(self, exc: Exception) -> Response:
        """The answer to an exception, in the view's own form; refusals of strangers are limited as well."""
        if self.usage is None:
            self.usage = limits.count_stranger(self.request)
            if self.usage.is_exceeded and errors.problem(exc).status < 500:
                exc = limits.excess(self.usage)
        response = errors.handle(exc, {"view": self, "request": self.request})
        response.exception = True
        self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tells the limit on every answer."""
        if self.usage is None:
            self.usage = limits.count_stranger(request)
        self.headers |= limits.headers(self.usage)
        return super().finalize_response(request, response, *args, **kwargs)

    def _answer(self) -> Any:
        method = str(self.request.method).lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        act = handler or self.http_method_not_allowed
        key = idempotency.key_of(self.request) if method == "post" and handler and self.request.user else None
        if key is None:
            return act(self.request, *self.args, **self.kwargs)
        run = idempotency.run_apart if self.asks_vendors else idempotency.run
        return run(self.request, key, lambda: act(self.request, *self.args, **self.kwargs), self.handle_exception)

    def _meet_caller(self, request: Request) -> None:
        caller = request.user
        if isinstance(caller, Caller):
            scope.enter(caller.scope)
            acting.enter(caller.id)
            self.usage = self.count(caller)
        elif not self.authentication_classes:
            self.usage = limits.count_stranger(request)
        if self.usage is not None and self.usage.is_exceeded:
            raise limits.excess(self.usage)

    def _refuse_foreign_tenant(self, request: Request) -> None:
        """A body may name its tenant, and only its own."""
        if request.method in SAFE_METHODS or not isinstance(request.user, Caller):
            return
        if idempotency.HEADER in request.headers and not str(request.content_type).startswith("multipart/"):
            _ = request._request.body  # kept whole: the fingerprint needs it after the parser has read it
        body = request.data
        named = body.get("tenant_id") if isinstance(body, Mapping) else None
        own = request.user.tenant_id
        if named is not None and (own is None or ids.parse(Tenant.id_kind, named) != own):
            raise ForbiddenError("The body names another tenant than your own", code="FOREIGN_TENANT")


def found_in(queryset: QuerySet[ModelT], public_id: str) -> ModelT:
    """The row of this public id. Raises NotFoundError where there is none or the id is none of its kind."""
    kind = queryset.model.id_kind
    key = ids.parse(kind, public_id)
    found = queryset.filter(pk=key).first() if key else None
    if found is None:
        raise NotFoundError.of(kind)
    return found


class TenantViewSet(HubView, GenericViewSet[Any]):
    """The things of one kind in the caller's tenant; mix in what may be done with them."""

    model: ClassVar[type[PublicId]]
    lookup_field = "pk"
    lookup_url_kwarg = "id"
    search_fields: ClassVar[tuple[str, ...]] = ()
    sorting: ClassVar[dict[str, str]] = {}
    default_sorting: ClassVar[tuple[str, ...]] = ("-created_at", "-pk")

    def known_parameters(self) -> set[str]:
        """A list also knows how it may be paged, narrowed, searched and sorted."""
        known = super().known_parameters()
        if self.action != "list":
            return known
        known |= set(PARAMETERS) if self.pagination_class else set()
        known |= set(getattr(getattr(self, "filterset_class", None), "base_filters", {}))
        known |= {"sortBy", "sortOrder"} if self.sorting else set()
        return known | ({"search"} if self.search_fields else set())

    def get_queryset(self) -> QuerySet[Any]:
        """The rows in scope."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(self.model).none()
        return self.model._default_manager.all()

    def get_object(self) -> Any:
        """The row that the address names. Raises NotFoundError."""
        return found_in(self.get_queryset(), self.kwargs["id"])

    def total(self, queryset: QuerySet[Any]) -> int:
        """How many rows a list has; for views that know it without counting."""
        return queryset.count()


class Lists:
    """GET: a page of the list."""

    def list(self: Any, request: Request) -> Response:
        """A page of the list, filtered and sorted as asked."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)  # type: ignore[no-any-return]


class Retrieves:
    """GET of one."""

    def retrieve(self: Any, request: Request, id: str) -> Response:
        """One of them."""
        return Response(self.get_serializer(self.get_object()).data)


class Creates:
    """POST: `create_object(data)` makes one."""

    def create(self: Any, request: Request) -> Response:
        """Makes one."""
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = self.create_object(body.validated_data)
        return Response(self.get_serializer(made).data, status=201)


class Updates:
    """PATCH: `update_object(thing, data)` changes what the body names."""

    def partial_update(self: Any, request: Request, id: str) -> Response:
        """Changes what the body names."""
        thing = self.get_object()
        body = self.get_serializer(thing, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(self.get_serializer(self.update_object(thing, body.validated_data)).data)


class Deletes:
    """DELETE: `delete_object(thing)` removes one."""

    def destroy(self: Any, request: Request, id: str) -> Response:
        """Removes one."""
        self.delete_object(self.get_object())
        return Response(status=204)
