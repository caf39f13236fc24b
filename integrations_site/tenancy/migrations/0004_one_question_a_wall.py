"""Walls ask one question instead of two, and references are looked up by the statement that makes them."""

from django.db import migrations

from integrations_site.tenancy import sql


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_failures_counted_together")]
    operations = [
        migrations.RunSQL(sql.WALL, migrations.RunSQL.noop),
        migrations.RunSQL(sql.REBUILD_WALLS, migrations.RunSQL.noop),
        migrations.RunSQL(sql.REFER_AT_ONCE, migrations.RunSQL.noop),
    ]
