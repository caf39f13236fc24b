"""What webhooks ask for while a run is under way, how often its time was up, and what people should know of a step."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0007_acknowledged_drifts")]

    operations = [
        migrations.AddField("syncrun", "stalls", models.PositiveSmallIntegerField(default=0, editable=False)),
        migrations.AddField(
            "syncrun",
            "follow_up",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100), blank=True, default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            "syncstep",
            "notices",
            models.JSONField(blank=True, default=list, help_text="What people should know of how it was read."),
        ),
        migrations.AlterField(
            "syncstep",
            "status",
            models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("completed", "Completed"),
                    ("waiting", "Waits for the vendor"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("continued", "Continued by a later sync"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
    ]
