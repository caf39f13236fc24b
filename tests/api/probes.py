"""Views that use every part of the API's ground, for its own tests."""

import threading
import time
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api import fields
from integrations_site.api.filters import ChoiceFilter, FilterSet, PublicIdFilter
from integrations_site.api.parsing import UploadParser
from integrations_site.api.permissions import SUPER_ADMINS, TENANT_ADMINS
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictModelSerializer, StrictSerializer
from integrations_site.api.views import Creates, Deletes, HubView, Lists, Retrieves, TenantViewSet, Updates
from integrations_site.kernel.errors import ConflictError, TransientError
from integrations_site.tenancy.models import FailedTask, Membership, User

# Threads that carried a probe out, and what they wait for when a test wants them to meet.
runs: list[int] = []
gate = threading.Event()


class TaskSerializer(StrictModelSerializer):
    """A failed task, which is the simplest thing that a tenant owns."""

    class Meta:
        model = FailedTask
        fields = ("id", "name", "error", "failed_at")
        read_only_fields = ("failed_at",)


class TaskFilters(FilterSet):
    """By name."""

    class Meta:
        model = FailedTask
        fields = ("name",)


class TaskViewSet(Lists, Retrieves, Creates, Updates, Deletes, TenantViewSet):
    """Failed tasks."""

    model = FailedTask
    serializer_class = TaskSerializer
    filterset_class = TaskFilters
    search_fields = ("name", "error")
    sorting = {"name": "name", "failed_at": "failed_at"}
    default_sorting = ("-failed_at", "-pk")
    write_roles = TENANT_ADMINS

    def create_object(self, data: dict[str, Any]) -> FailedTask:
        """Makes one."""
        return FailedTask.objects.create(**data)

    def update_object(self, thing: FailedTask, data: dict[str, Any]) -> FailedTask:
        """Changes one."""
        for name, value in data.items():
            setattr(thing, name, value)
        thing.save()
        return thing

    def delete_object(self, thing: FailedTask) -> None:
        """Removes one."""
        thing.delete()


class MembershipSerializer(StrictModelSerializer):
    """A membership; its user is a reference."""

    user_id = fields.ReferenceField(User, source="user")

    class Meta:
        model = Membership
        fields = ("id", "user_id", "role")


class MembershipFilters(FilterSet):
    """By user."""

    user_id = PublicIdFilter("user", field_name="user_id")
    role = ChoiceFilter(choices=Membership._meta.get_field("role").choices)

    class Meta:
        model = Membership
        fields: tuple[str, ...] = ()


class MembershipViewSet(Lists, Retrieves, TenantViewSet):
    """Memberships."""

    model = Membership
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilters


class ProbeSerializer(StrictSerializer):
    """Every kind of field."""

    text = fields.TextField(max_length=50, required=False)
    amount = fields.MoneyField(required=False)
    quantity = fields.QuantityField(required=False)
    day = fields.DateField(required=False)
    currency = fields.CurrencyField(required=False)
    task_id = fields.ReferenceField(FailedTask, source="task", required=False)
    lines = fields.ListField(child=serializers.DictField(), required=False)


class Echo(HubView):
    """Answers what it understood."""

    @documented(request=ProbeSerializer, responses=ProbeSerializer)
    def post(self, request: Request) -> Response:
        """Reads a body."""
        body = ProbeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ProbeSerializer(body.validated_data).data)


class WhoAmI(HubView):
    """Answers who calls."""

    needs_tenant = False

    @documented(responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """The caller."""
        caller = self.caller
        return Response({"id": caller.id, "label": caller.label, "role": caller.role, "tenant": str(caller.tenant_id)})


class Act(HubView):
    """Makes a task, then does what the body says."""

    query_parameters = ("dry_run",)

    @documented(request={"application/json": {"type": "object"}}, responses={201: TaskSerializer}, errors=[422])
    def post(self, request: Request) -> Response:
        """Makes a task and fails, if told so."""
        runs.append(threading.get_ident())
        body: Any = request.data
        task = FailedTask.objects.create(name=str(body.get("name", "probe")), error="none")
        if body.get("wait"):
            gate.wait(10)
        fail(str(body.get("fail", "")))
        return Response(TaskSerializer(task).data, status=201, headers={"Location": f"/api/tasks/{task.public_id}"})


def fail(how: str) -> None:
    """Fails as asked, or not at all."""
    if how == "conflict":
        raise ConflictError("No", code="PROBE_CONFLICT", details={"figure": 1})
    if how == "transient":
        raise TransientError("Later", retry_after=7)
    if how == "integrity":
        with transaction.atomic():
            raise IntegrityError("duplicate key value violates unique constraint secret_name")
    if how == "operational":
        raise OperationalError("server closed the connection to secret_host")
    if how == "crash":
        raise RuntimeError("secret inside")


class Slow(HubView):
    """Counts its runs, for the rate limit."""

    rate_class = "search"

    @documented(responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """The time."""
        return Response({"now": int(time.time())})


class Admins(HubView):
    """For tenant admins."""

    roles = TENANT_ADMINS

    @documented(responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """Nothing much."""
        return Response({"ok": True})


class Upload(HubView):
    """Answers what a file holds."""

    parser_classes = [UploadParser]

    @documented(request={"multipart/form-data": {"type": "object"}}, responses={200: {"type": "object"}})
    def post(self, request: Request) -> Response:
        """Reads a file."""
        file = request.FILES["file"]
        return Response({"name": file.name, "content": file.read().decode()})


class Everywhere(HubView):
    """For super admins."""

    roles = SUPER_ADMINS
    needs_tenant = False

    @documented(request=None, responses={200: {"type": "object"}})
    def post(self, request: Request) -> Response:
        """The tenant in scope."""
        return Response({"tenant": self.caller.tenant_id})


router = Router()
router.register("tasks", TaskViewSet, basename="task")
router.register("memberships", MembershipViewSet, basename="membership")

urlpatterns = [
    path(
        "api/",
        include(
            [
                route("echo", Echo),
                route("me", WhoAmI),
                route("act", Act),
                route("slow", Slow),
                route("admins", Admins),
                route("upload", Upload),
                route("everywhere", Everywhere),
                *router.urls,
            ]
        ),
    ),
    path("", include("integrations_site.api.urls")),
]

handler400 = "integrations_site.web.errors.bad_request"
handler404 = "integrations_site.web.errors.not_found"
handler500 = "integrations_site.web.errors.server_error"
