"""What the ledger does when something happens: signals of the layers below, and events from the outbox.

Loaded once, when Django is ready.
"""

from integrations_site.tenancy.services import tenant_created
from ledger.services.books import open_books_of

tenant_created.connect(open_books_of, dispatch_uid="ledger.open_books")
