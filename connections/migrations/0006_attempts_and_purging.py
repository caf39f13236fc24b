"""Inbound webhooks are tried some times and then given up; removed connections are purged to the last row."""

from django.conf import settings
from django.db import migrations, models

import integrations_site.kernel.clock


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0005_sync_progress"),
        ("tenancy", "0005_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="inboundwebhook",
            name="inbound_waiting",
        ),
        migrations.AddField(
            model_name="connection",
            name="purged_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="inboundwebhook",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="inboundwebhook",
            name="last_error",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="inboundwebhook",
            name="next_attempt_at",
            field=models.DateTimeField(default=integrations_site.kernel.clock.now),
        ),
        migrations.AddField(
            model_name="inboundwebhook",
            name="status",
            field=models.CharField(
                choices=[("waiting", "Waiting"), ("handled", "Handled"), ("failed", "Given up")],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.RunSQL(
            "UPDATE connections_inboundwebhook SET status = 'handled', body = '' WHERE handled_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                condition=models.Q(("purged_at__isnull", True), ("removed_at__isnull", False)),
                fields=["removed_at"],
                name="connection_to_purge",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", True)), fields=["account_id"], name="connection_by_account"
            ),
        ),
        migrations.AddIndex(
            model_name="inboundwebhook",
            index=models.Index(
                condition=models.Q(("status", "waiting")), fields=["next_attempt_at"], name="inbound_due"
            ),
        ),
    ]
