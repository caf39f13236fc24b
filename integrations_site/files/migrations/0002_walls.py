"""Behind the tenant wall."""

from django.db import migrations

from integrations_site.audit.operations import TrackChanges
from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("audit", "0002_chain")]
    operations = [TenantWall("files_storedfile"), TrackChanges("files_storedfile")]
