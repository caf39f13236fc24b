"""References that are looked up once a statement, and cheaper checks."""

import django.db.models.deletion
from django.db import migrations, models

from ledger import sql


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_one_index_of_mappings"),
    ]

    operations = [
        migrations.AlterField(
            model_name="billline",
            name="bill",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="ledger.bill",
            ),
        ),
        migrations.AlterField(
            model_name="journalentry",
            name="reverses",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="ledger.journalentry",
            ),
        ),
        migrations.AlterField(
            model_name="journalline",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="journal_lines",
                to="ledger.account",
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="item",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="movements",
                to="ledger.inventoryitem",
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="posting",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="movements",
                to="ledger.posting",
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="reverses",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="ledger.stockmovement",
            ),
        ),
        migrations.AddConstraint(
            model_name="journalentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)), fields=("reverses",), name="entry_reversed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)), fields=("reverses",), name="movement_reversed_once"
            ),
        ),
        migrations.RunSQL(sql.COUNTING, migrations.RunSQL.noop),
        migrations.RunSQL(sql.CHECKS, migrations.RunSQL.noop),
        migrations.RunSQL(sql.REFERENCES, sql.DROP_REFERENCES),
    ]
