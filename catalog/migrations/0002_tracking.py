"""Changes that no code announced are recorded."""

from django.db import migrations

from integrations_site.audit.operations import TrackChanges


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("audit", "0002_chain")]
    operations = [
        TrackChanges("catalog_provider", column="", hidden=("sealed_client_secret", "sealed_webhook_secret")),
    ]
