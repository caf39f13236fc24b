"""Each entry and account of new journal lines is looked up once."""

import django.db.models.deletion
from django.db import migrations, models

from ledger import sql


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_parts_and_ids"),
    ]

    operations = [
        migrations.RunSQL(sql.CHECKS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="lineitem",
            name="item",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.inventoryitem",
            ),
        ),
    ]
