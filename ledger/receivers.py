"""What the ledger does when something happens: signals of the layers below, and events from the outbox.

Loaded once, when Django is ready.
"""

from integrations_site.kernel import ids
from integrations_site.tenancy.signals import tenant_created
from ledger.models import Case
from ledger.services.books import open_books_of
from ledger.services.review import integrate_approved
from notifications.sdk.catalog import EventType
from notifications.sdk.events import EventData
from notifications.services.handlers import on

tenant_created.connect(open_books_of, dispatch_uid="ledger.open_books")


@on(EventType.CASE_APPROVED)
def integrate(event: EventData) -> None:
    """Receives `case.approved`: the case integrates itself where the tenant wants that."""
    case_id = ids.parse(Case.id_kind, event.payload["case_id"])
    if case_id is not None:
        integrate_approved(case_id=case_id)
