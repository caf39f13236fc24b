"""Statements make the ids of parts of the id of their whole."""

import django.db.models.deletion
from django.db import migrations, models

from ledger import sql


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0010_labels"),
        ("tenancy", "0004_one_question_a_wall"),
    ]

    operations = [
        migrations.RunSQL(sql.PART_ID, migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION IF EXISTS ledger_new_id()", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="casecount",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.tenant"
            ),
        ),
    ]
