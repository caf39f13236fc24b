"""Who has seen a drift."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0006_attempts_and_purging")]

    operations = [
        migrations.AddField("schemadrift", "acknowledged_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "schemadrift", "acknowledged_by", models.CharField(blank=True, default="", max_length=100), False
        ),
    ]
