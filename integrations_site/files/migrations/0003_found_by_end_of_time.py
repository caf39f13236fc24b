"""Files whose time is over are found without reading the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0002_walls"), ("tenancy", "0002_walls")]
    operations = [
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(
                fields=["expires_at"], condition=models.Q(("expires_at__isnull", False)), name="file_by_end_of_time"
            ),
        ),
    ]
