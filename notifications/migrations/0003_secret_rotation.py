"""A secret before the last rotation, which is hidden from the audit trail as the other is; and the queue by endpoint."""

from django.db import migrations, models

from integrations_site.audit.operations import TrackChanges

_TABLE = "notifications_webhookendpoint"
_BEFORE = TrackChanges(_TABLE, hidden=("sealed_secret",))


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_walls")]
    operations = [
        migrations.AddField(
            "webhookendpoint", "sealed_previous_secret", models.TextField(blank=True, default="", editable=False), False
        ),
        migrations.AddField(
            "webhookendpoint", "previous_secret_until", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddIndex(
            "delivery",
            models.Index(
                condition=models.Q(status="pending"),
                fields=["endpoint", "next_attempt_at"],
                name="delivery_due_by_endpoint",
            ),
        ),
        migrations.RunSQL(_BEFORE.reverse_sql, _BEFORE.sql),
        TrackChanges(_TABLE, hidden=("sealed_secret", "sealed_previous_secret")),
    ]
