"""Who has a run, how often it went on by itself, and which records a full run has met."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import integrations_site.kernel.ids
import integrations_site.tenancy.models
from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("connections", "0004_search")]

    operations = [
        migrations.RemoveField(model_name="record", name="seen_run"),
        migrations.AddField("syncrun", "lease", models.UUIDField(blank=True, editable=False, null=True)),
        migrations.AddField("syncrun", "resumes", models.PositiveSmallIntegerField(default=0, editable=False)),
        migrations.CreateModel(
            name="SeenRecords",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_site.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "external_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seen",
                        to="connections.syncstep",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=integrations_site.tenancy.models.tenant_in_scope,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        TenantWall("connections_seenrecords"),
    ]
