"""A row of every table that the admin shows, for as many tenants as a test wants."""

import datetime as dt

from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from oauth2_provider.models import AccessToken, RefreshToken

from catalog.services.providers import create_provider
from connections.models import InboundWebhook
from integrations_site.files.models import StoredFile
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, FailedTask, Tenant
from ledger.models import Bill
from ledger.services.payments import pay_bill
from notifications.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tests.factories import make_member
from tests.factories.catalog import oauth_input
from tests.factories.ledger import CHIEF
from tests.factories.things import one_of_each

admin.autodiscover()
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
TOKEN = "planted-token-Zq81x"
SECRET = "planted-secret-Zq81x"


def fill(tenant: Tenant) -> None:
    """One row of everything in the tenant, and of what belongs to none."""
    with scope.tenant_scope(tenant.id):
        one_of_each()
        pay_bill(bill_id=Bill.objects.get().id, actor=CHIEF)
        StoredFile.objects.update(key=str(tenant.pk))
        WebhookEndpoint.objects.update(sealed_secret=SECRET, sealed_previous_secret=SECRET)
        FailedTask.objects.create(name="ledger.tasks.integrate", error="OperationalError: gone\n  place")
        DeliveryAttempt.objects.create(delivery=Delivery.objects.get(), number=1, duration_ms=3, at=clock.now())
    with scope.all_tenants():
        told = {"event_id": str(tenant.pk), "received_at": clock.now(), "body": f'{{"token": "{SECRET}"}}'.encode()}
        InboundWebhook.objects.create(provider="stripe", status="failed", last_error="ValueError: gone", **told)
        create_provider(data=oauth_input(clientId="hub", clientSecret=SECRET), actor=CHIEF)
        client = ApiClient.objects.create(
            name=f"Program of {tenant}",
            tenant=tenant,
            client_secret=SECRET,
            client_type="confidential",
            authorization_grant_type="client-credentials",
        )
        person = make_member(tenant)
        soon = clock.now() + dt.timedelta(hours=1)
        token = f"{TOKEN}-{tenant.pk}"
        access = AccessToken.objects.create(user=person, application=client, token=token, expires=soon)
        RefreshToken.objects.create(user=person, application=client, token=f"r-{token}", access_token=access)
        every, _ = IntervalSchedule.objects.get_or_create(every=tenant.pk.int % 10_000 + 1, period="seconds")
        CrontabSchedule.objects.create(minute=str(tenant.pk.int % 60))
        PeriodicTask.objects.create(name=str(tenant.pk), task="notifications.tasks.deliver", interval=every)
        with connection.cursor() as cursor:  # what a commit would do: seal the audit trail
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def list_path(model: type[Model]) -> str:
    """Where the admin lists a table."""
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def row_path(row: Model) -> str:
    """Where the admin shows a row."""
    return f"{list_path(type(row))}{row.pk}/change/"
