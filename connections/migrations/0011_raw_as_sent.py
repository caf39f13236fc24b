"""What vendors sent is kept as its bytes: nothing asks for parts of it, and reading it as JSON costs as much as the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_find_closest_first")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AlterField("record", "raw", models.BinaryField())],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE connections_record ALTER raw TYPE bytea USING convert_to(raw::text, 'UTF8')",
                    "ALTER TABLE connections_record ALTER raw TYPE jsonb USING convert_from(raw, 'UTF8')::jsonb",
                )
            ],
        ),
    ]
