"""Fewer words of new records wait for the index."""

from django.db import migrations

from connections import sql


class Migration(migrations.Migration):
    dependencies = [("connections", "0017_where_positions_count")]
    operations = [migrations.RunSQL(sql.SHORTEN_WAITING, sql.LENGTHEN_WAITING)]
