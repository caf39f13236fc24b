"""What a super admin can have done to a case: each step calls a service; the case's tenant is in scope."""

from collections.abc import Callable

from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ConflictError
from ledger.models import Case, Posting, System
from ledger.services.approvals import approve_case, reject_case, reopen_case, submit_case
from ledger.services.integration import Outcome
from ledger.services.review import integrate_on_demand, retry_case
from ledger.services.rollbacks import roll_back

Step = Callable[[Case, Actor], None]


def submit(case: Case, actor: Actor) -> None:
    """A draft waits for approval."""
    submit_case(case_id=case.id, actor=actor)


def approve(case: Case, actor: Actor) -> None:
    """The case may be posted."""
    approve_case(case_id=case.id, actor=actor, is_admin=True)


def reopen(case: Case, actor: Actor) -> None:
    """The case can be edited again."""
    reopen_case(case_id=case.id, actor=actor)


def post(case: Case, actor: Actor) -> None:
    """Posts to every system that does not hold the case; raises what the first that refuses says."""
    _complain(integrate_on_demand(case_id=case.id, systems=list(System), actor=actor))


def retry(case: Case, actor: Actor) -> None:
    """Tries again what needed a person; raises what the first system that refuses says."""
    _complain(retry_case(case_id=case.id, actor=actor))


def take_back(case: Case, actor: Actor) -> None:
    """Takes the case out of every system that holds it; raises ConflictError where one refuses or none holds it."""
    held = Posting.objects.filter(case=case, status=Posting.Status.POSTED).values_list("system", flat=True)
    if not held:
        raise ConflictError("The case is posted nowhere")
    take_out(case, [System(system) for system in held], actor)


def take_out(case: Case, systems: list[System], actor: Actor) -> None:
    """Takes the case out of these systems; raises ConflictError where one refuses."""
    failures = roll_back(case_id=case.id, systems=systems, actor=actor).failures
    if failures:
        raise ConflictError("; ".join(f"{system.label}: {told['message']}" for system, told in failures.items()))


def rejecting(reason: str) -> Step:
    """The step that sends a case back with this reason."""

    def reject(case: Case, actor: Actor) -> None:
        reject_case(case_id=case.id, reason=reason, actor=actor, is_admin=True)

    return reject


def _complain(outcome: Outcome) -> None:
    if refusal := outcome.first_refusal:
        raise refusal[1]
