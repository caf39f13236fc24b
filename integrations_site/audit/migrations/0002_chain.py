"""Sealing, the append-only rule, and the recording of unannounced changes."""

from django.db import migrations

from integrations_site.audit import sql
from integrations_site.audit.operations import TrackChanges
from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [
        migrations.RunSQL(sql.FUNCTIONS, sql.DROP_FUNCTIONS),
        migrations.RunSQL(sql.TRACKERS, sql.DROP_TRACKERS),
        TenantWall("audit_auditentry"),
        TenantWall("audit_audithead"),
        TrackChanges("tenancy_tenant", column="id"),
        TrackChanges("tenancy_membership"),
        TrackChanges("tenancy_apiclient", hidden=("client_secret",)),
        TrackChanges("tenancy_user", column="", hidden=("password", "last_login")),
    ]
