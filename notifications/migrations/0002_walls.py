"""Behind the tenant wall."""

from django.db import migrations

from integrations_site.audit.operations import TrackChanges
from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("audit", "0002_chain")]
    operations = [
        TenantWall("notifications_event"),
        TenantWall("notifications_webhookendpoint"),
        TenantWall("notifications_delivery"),
        TenantWall("notifications_deliveryattempt"),
        TrackChanges("notifications_webhookendpoint", hidden=("sealed_secret",)),
    ]
