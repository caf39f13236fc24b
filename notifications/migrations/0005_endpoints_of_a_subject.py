"""Endpoints that are told of one subject alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_one_index_of_events")]
    operations = [
        migrations.AddField(
            "webhookendpoint",
            "subject",
            models.CharField(blank=True, default="", editable=False, max_length=100),
            False,
        ),
        migrations.AddField(
            "webhookendpoint", "retired_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddConstraint(
            "webhookendpoint",
            models.UniqueConstraint(
                condition=models.Q(("subject", ""), _negated=True),
                fields=("tenant", "subject"),
                name="endpoint_of_subject_once",
            ),
        ),
    ]
