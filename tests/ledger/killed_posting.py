"""Posts a case and waits, all written and nothing committed, to be killed. Arguments: tenant, case, database."""

import sys
import time
import uuid

import django
from django.db import connection, transaction

django.setup()

from integrations_site.tenancy import scope  # noqa: E402 - Django must be set up before
from ledger.services.postings import post_accounting, post_ap, post_inventory  # noqa: E402
from tests.factories.ledger import CHIEF  # noqa: E402


def main(tenant: uuid.UUID, case: uuid.UUID, database: str) -> None:
    """Posts inside a transaction that is never ended."""
    connection.settings_dict["NAME"] = database
    with scope.tenant_scope(tenant), transaction.atomic():
        for post in (post_inventory, post_ap, post_accounting):
            post(case_id=case, actor=CHIEF)
        sys.stdout.write("written\n")
        sys.stdout.flush()
        time.sleep(60)


if __name__ == "__main__":
    main(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]), sys.argv[3])
