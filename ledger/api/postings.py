"""`/api/integrations/…` and `/api/cases/{id}/integrate`: posting a case, and taking it back (document 000)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import ChoiceField, ListField, MoneyField, PublicIdField
from integrations_site.api.parameters import flag
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import HubView
from integrations_site.kernel.errors import ConflictError, HubError, InvalidInputError, UnprocessableError
from ledger.models import Case, LedgerSettings, System
from ledger.services.bookkeeping.errors import LinesRefusedError
from ledger.services.integration import Outcome
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.review import integrate_on_demand
from ledger.services.rollbacks import roll_back

DRY_RUN = OpenApiParameter("dry_run", bool, description="true: answer what would be written, and write nothing.")


class SystemsField(ListField):
    """Some of the three systems, in the order in which they are worked on; left out, all three."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=ChoiceField(choices=System.choices), allow_empty=False, **options)


class PostingSerializer(StrictSerializer):
    """The case to be posted."""

    case_id = PublicIdField(Case.id_kind)


class InventoryAnswerSerializer(serializers.Serializer[Any]):
    """What became of the stock; with errors nothing was changed."""

    case_id = serializers.CharField()
    items_created = serializers.IntegerField()
    items_updated = serializers.IntegerField()
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    status = serializers.ChoiceField(["success", "failed", "dry_run"])
    code = serializers.CharField(required=False, help_text="Of a failure: SKU_MAPPING_NOT_FOUND, …")
    movements = serializers.ListField(child=serializers.DictField(), required=False, help_text="Of a dry run.")
    entry = serializers.DictField(required=False, allow_null=True, help_text="Of a dry run: of price differences.")


class BillAnswerSerializer(serializers.Serializer[Any]):
    """The bill."""

    case_id = serializers.CharField()
    bill_id = serializers.CharField(allow_null=True)
    vendor_id = serializers.CharField()
    amount = MoneyField()
    due_date = serializers.DateField()
    status = serializers.ChoiceField(["created", "dry_run"])


class EntryAnswerSerializer(serializers.Serializer[Any]):
    """The journal entry."""

    case_id = serializers.CharField()
    entry_id = serializers.CharField(allow_null=True)
    total_debits = MoneyField()
    total_credits = MoneyField()
    balanced = serializers.BooleanField()
    status = serializers.ChoiceField(["posted", "nothing_to_post", "dry_run"])


class BookingView(HubView):
    """What posting and taking back have in common."""

    roles = TENANT_ADMINS

    def refusal(self, error: HubError) -> Response:
        """The answer to what a service refused. Raised, it would undo with an Idempotency-Key what was told of it."""
        return self.handle_exception(error)


class PostingView(BookingView):
    """What the three postings have in common."""

    query_parameters = ("dry_run",)

    def answer(self, post: Any) -> Response:
        """Posts the case that the body names, or tells what would be written."""
        body = PostingSerializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        dry_run = flag(self.request.query_params, "dry_run")
        try:
            answer = post(case_id=body.validated_data["case_id"], actor=self.actor, dry_run=dry_run)
        except HubError as error:
            return self.refusal(error)
        return Response(answer.body())


class PostInventory(PostingView):
    """POST: the case's items go into stock."""

    @documented(
        request=PostingSerializer,
        responses={200: InventoryAnswerSerializer, 422: InventoryAnswerSerializer},
        parameters=[DRY_RUN],
        errors=[404],
    )
    def post(self, request: Request) -> Response:
        """Brings an approved case into stock, all of its lines or none; `errors` names each that stands in the way."""
        return self.answer(post_inventory)

    def refusal(self, error: HubError) -> Response:
        """As document 000 states it, where lines are refused."""
        if not isinstance(error, LinesRefusedError):
            return super().refusal(error)
        counts = {"items_created": 0, "items_updated": 0, "errors": list(error.problems)}
        told = {"case_id": dict(self.request.data)["case_id"], **counts, "status": "failed", "code": error.code}
        return Response(told | {"next_step": error.details["next_step"]}, status=error.status)


class PostBill(PostingView):
    """POST: the case becomes a bill."""

    @documented(request=PostingSerializer, responses=BillAnswerSerializer, parameters=[DRY_RUN], errors=[404, 422])
    def post(self, request: Request) -> Response:
        """Writes the bill of an approved case; a second one for the invoice is refused (DUPLICATE_BILL)."""
        return self.answer(post_ap)


class PostEntry(PostingView):
    """POST: the case goes into the books."""

    @documented(request=PostingSerializer, responses=EntryAnswerSerializer, parameters=[DRY_RUN], errors=[404, 422])
    def post(self, request: Request) -> Response:
        """Posts the balanced journal entry of an approved case."""
        return self.answer(post_accounting)


class RollbackSerializer(StrictSerializer):
    """The case, and the systems that it is to be taken out of, in this order."""

    case_id = PublicIdField(Case.id_kind)
    systems = SystemsField()


class RollbackAnswerSerializer(serializers.Serializer[Any]):
    """What each system did: `success`, or `failed: ` and why. `status` is of the systems that were asked."""

    case_id = serializers.CharField()
    rollback_status = serializers.DictField(child=serializers.CharField())
    remaining_systems = serializers.ListField(
        child=ChoiceField(choices=System.choices), help_text="Those that still hold the case, asked or not."
    )
    status = serializers.ChoiceField(["rolled_back", "partial"])


class Rollback(BookingView):
    """POST: a case is taken back."""

    @documented(
        request=RollbackSerializer,
        responses={200: RollbackAnswerSerializer, 207: RollbackAnswerSerializer},
        errors=[404, 409],
    )
    def post(self, request: Request) -> Response:
        """Takes a case out of systems; the others keep it. 207: some refused; 409: all did, see `details.failures`."""
        body = RollbackSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        systems = [System(system) for system in body.validated_data["systems"]]
        answer = roll_back(case_id=body.validated_data["case_id"], systems=systems, actor=self.actor)
        if answer.status == "failed":
            first = answer.failures[systems[0]]
            failures = {system.value: dict(failure) for system, failure in answer.failures.items()}
            told = {"failures": failures, "remaining_systems": answer.body()["remaining_systems"]}
            return self.refusal(ConflictError(str(first["message"]), code=str(first["code"]), details=told))
        return Response(answer.body(), status=207 if answer.failures else 200)


class IntegrationSerializer(StrictSerializer):
    """Where to post the case, and what to do where a system refuses; left out, all three, and as the settings say."""

    systems = SystemsField(required=False, default=System.values)
    on_failure = ChoiceField(
        choices=LedgerSettings.OnFailure.choices,
        required=False,
        default=None,
        help_text="`rollback`: where one refuses, none is posted. `keep`: the others are posted all the same. "
        "`review`: the rest is left, and the case needs a person.",
    )


class IntegrationAnswerSerializer(serializers.Serializer[Any]):
    """What each system answered."""

    case_id = serializers.CharField()
    results = serializers.DictField(child=serializers.DictField())
    status = serializers.ChoiceField(["integrated", "partial"])


class IntegrateCase(BookingView):
    """POST: a case is posted to several systems."""

    query_parameters = ("dry_run",)

    @documented(
        request=IntegrationSerializer,
        responses={200: IntegrationAnswerSerializer, 207: IntegrationAnswerSerializer},
        parameters=[DRY_RUN],
        errors=[409, 422],
    )
    def post(self, request: Request, id: str) -> Response:
        """Posts a case to systems. 207: some refused; `results` says why. Where none holds it, the first one's error.

        With `on_failure` `rollback` all are posted in one transaction: where one refuses, none is posted. With `keep`
        and `review` each has a transaction of its own: after a refusal `keep` goes on with the others, and `review`
        stops and puts the case on the list at `/api/review`. Systems that hold the case already are left alone.
        """
        case, body = self.find(Case, id), IntegrationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        systems, on_failure = _distinct(body.validated_data["systems"]), body.validated_data["on_failure"]
        chosen = LedgerSettings.OnFailure(on_failure) if on_failure else None
        dry_run = flag(request.query_params, "dry_run")
        return self._told(
            integrate_on_demand(case_id=case.pk, systems=systems, actor=self.actor, on_failure=chosen, dry_run=dry_run)
        )

    def _told(self, outcome: Outcome) -> Response:
        """The outcome; where nothing is posted, the error of the system that refused first."""
        body, refusal = outcome.body(), outcome.first_refusal
        if refusal is None or outcome.status != "failed":
            return Response(body, status=207 if refusal else 200)
        error = refusal[1]
        details = {**error.details, "results": body["results"]}
        return self.refusal(UnprocessableError(error.message, code=error.code, status=error.status, details=details))


def _distinct(names: list[str]) -> list[System]:
    if len(set(names)) < len(names):
        raise InvalidInputError("Name each system once", details={"fields": {"systems": ["Each at most once."]}})
    return [System(name) for name in names]


routes = [
    route("integrations/inventory", PostInventory),
    route("integrations/ap", PostBill),
    route("integrations/accounting", PostEntry),
    route("integrations/rollback", Rollback),
    route("cases/<str:id>/integrate", IntegrateCase),
]
