"""Account mappings are found by their unique index alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_cheaper_guards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accountmapping",
            name="item",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mappings",
                to="ledger.inventoryitem",
            ),
        ),
        migrations.AlterField(
            model_name="accountmapping",
            name="vendor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mappings",
                to="ledger.vendor",
            ),
        ),
    ]
