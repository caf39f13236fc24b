"""Walls ask one question instead of two, and references are looked up by the statement that makes them."""

from django.db import migrations, models

from integrations_site.kernel import ids
from integrations_site.tenancy import sql


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_failures_counted_together")]
    operations = [
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(condition=~models.Q(id=ids.NIL), name="tenant_is_not_nil"),
        ),
        migrations.RunSQL(sql.WALL, migrations.RunSQL.noop),
        migrations.RunSQL(sql.REBUILD_WALLS, migrations.RunSQL.noop),
        migrations.RunSQL(sql.REFER_AT_ONCE, migrations.RunSQL.noop),
    ]
