"""Behind the tenant wall."""

from django.db import migrations

from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [TenantWall("api_idempotencykey")]
