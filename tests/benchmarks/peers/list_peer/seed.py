"""Fills the peers' database: `python -m list_peer.seed ROWS`; prints a token for /oauth."""

import datetime as dt
import sys
import uuid
from datetime import timedelta

from list_peer.wsgi import application  # noqa: F401 - sets Django up

from django.contrib.auth import get_user_model  # isort: skip
from django.core.management import call_command  # isort: skip
from django.utils import timezone  # isort: skip
from list_peer.models import Case  # isort: skip
from oauth2_provider.models import AccessToken, Application  # isort: skip


def main() -> None:
    """Migrates, makes the rows and a token."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    vendor = uuid.uuid4()
    Case.objects.bulk_create(
        Case(
            kind="invoice",
            status="draft",
            invoice_number=f"INV-{number:07}",
            invoice_date=dt.date(2026, 1, 20),
            vendor_id=vendor,
            vendor_name="Acme Corp",
            currency="USD",
            subtotal=1000,
            tax=100,
            total=1100,
        )
        for number in range(int(sys.argv[1]))
    )
    user = get_user_model().objects.create_user(f"bench-{uuid.uuid4().hex}")
    client = Application.objects.create(user=user, client_type="confidential", authorization_grant_type="password")
    token = AccessToken.objects.create(
        user=user, application=client, token=uuid.uuid4().hex, expires=timezone.now() + timedelta(days=1), scope="read"
    )
    sys.stdout.write(token.token + "\n")


if __name__ == "__main__":
    main()
