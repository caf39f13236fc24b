"""An entry is sealed in one step, recorders are asked only where nothing was announced, and one index less."""

import django.db.models.deletion
from django.db import migrations, models

import integrations_site.tenancy.models
from integrations_site.audit import sql
from integrations_site.kernel import ids


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_cheaper_seal"), ("tenancy", "0004_one_question_a_wall")]
    operations = [
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(condition=~models.Q(tenant=ids.NIL), name="audit_entry_not_of_nil"),
        ),
        migrations.RunSQL(sql.SEALING, migrations.RunSQL.noop),
        migrations.RunSQL(sql.SEAL_IN_ONE_STEP, migrations.RunSQL.noop),
        migrations.RunSQL(sql.TRACKING, migrations.RunSQL.noop),
        migrations.RunSQL(sql.TRACK_UNANNOUNCED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="auditentry",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="audithead",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
    ]
