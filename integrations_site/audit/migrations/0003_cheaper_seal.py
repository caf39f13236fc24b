"""Sealing an entry and recording a change cost less."""

from django.db import migrations

from integrations_site.audit import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_chain")]
    operations = [
        migrations.RunSQL(sql.SEALING, migrations.RunSQL.noop),
        migrations.RunSQL(sql.TRACKING, migrations.RunSQL.noop),
    ]
