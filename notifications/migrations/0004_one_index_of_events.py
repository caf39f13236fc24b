"""Events have one index less, which began as another does."""

import django.db.models.deletion
from django.db import migrations, models

import integrations_site.tenancy.models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_secret_rotation"),
        ("tenancy", "0004_one_question_a_wall"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                default=integrations_site.tenancy.models.tenant_in_scope,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
    ]
