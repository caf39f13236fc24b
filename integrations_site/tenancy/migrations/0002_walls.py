"""Row-level security on what belongs to a tenant here; a tenant's own row is its own."""

from django.db import migrations

from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        TenantWall("tenancy_tenant", column="id"),
        TenantWall("tenancy_membership"),
        TenantWall("tenancy_apiclient"),
        TenantWall("tenancy_failedtask"),
    ]
