"""Parts leave their tenant's existence to what they belong to, and statements make ids."""

import django.db.models.deletion
from django.db import migrations, models

import integrations_site.tenancy.models
from ledger import sql


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_vendor_by_any_name"),
        ("tenancy", "0002_walls"),
    ]

    operations = [
        migrations.RunSQL(sql.PART_ID, sql.DROP_PART_ID),
        migrations.RunSQL(sql.CHECKS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="artifact",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="bill",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="billline",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="billpayment",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="casetax",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="journalline",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="ledger.journalentry",
            ),
        ),
        migrations.AlterField(
            model_name="journalline",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="lineitem",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
    ]
