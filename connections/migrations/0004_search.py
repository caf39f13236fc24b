"""Words of records, indexes for search and widgets, and the functions that search."""

from django.db import migrations

from connections import sql


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_removed_connections")]
    operations = [
        migrations.RunSQL(sql.WORDS, sql.DROP_WORDS),
        migrations.RunSQL(sql.INDEXES, sql.DROP_INDEXES),
        migrations.RunSQL(sql.FIND, sql.DROP_FIND),
    ]
