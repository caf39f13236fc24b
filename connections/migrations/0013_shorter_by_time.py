"""The index of records by time is without their ids."""

from django.db import migrations

from connections import sql


class Migration(migrations.Migration):
    dependencies = [("connections", "0012_rules_of_own_fields")]
    operations = [migrations.RunSQL(sql.SHORTEN_BY_TIME, migrations.RunSQL.noop)]
