"""Words are searched for as they are typed, and as beginnings where there is room left."""

from django.db import migrations

from connections import sql


class Migration(migrations.Migration):
    dependencies = [("connections", "0009_places_and_held_consents")]
    operations = [migrations.RunSQL(sql.REBUILD_FIND, migrations.RunSQL.noop)]
