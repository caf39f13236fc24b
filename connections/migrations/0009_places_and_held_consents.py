"""Secrets in a store outside are found by a location of their own; consents of other browsers are held."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import integrations_site.kernel.ids
import integrations_site.tenancy.models
from integrations_site.audit.operations import TrackChanges
from integrations_site.tenancy import scope
from integrations_site.tenancy.operations import TenantWall

_TRACKED = "connections_oauthattempt"
_UNTRACK = [f"DROP TRIGGER track_{event} ON {_TRACKED}" for event in ("insert", "update", "delete")]


def locate(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was kept outside until now stood at the credential's name."""
    credential, outside = (apps.get_model("connections", name) for name in ("Credential", "OutsideSecret"))
    with scope.all_tenants():
        for row in credential.objects.exclude(store="database").filter(location=""):
            outside.objects.create(tenant_id=row.tenant_id, store=row.store, location=row.name)
            row.location = row.name
            row.save(update_fields=["location"])


class Migration(migrations.Migration):
    dependencies = [("connections", "0008_sync_follow_ups"), ("tenancy", "0005_plans")]

    operations = [
        migrations.CreateModel(
            name="OutsideSecret",
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
                    "store",
                    models.CharField(choices=[("database", "Database"), ("aws", "AWS Secrets Manager")], max_length=10),
                ),
                ("location", models.CharField(max_length=600, unique=True)),
                (
                    "tenant",
                    models.ForeignKey(
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
        TenantWall("connections_outsidesecret"),
        TrackChanges("connections_outsidesecret"),
        migrations.AddField("credential", "location", models.CharField(blank=True, editable=False, max_length=600)),
        migrations.AddField("oauthattempt", "holder_hash", models.CharField(blank=True, max_length=64)),
        migrations.AddField("oauthattempt", "sealed_answer", models.TextField(blank=True, editable=False)),
        migrations.RunSQL(_UNTRACK, migrations.RunSQL.noop),
        TrackChanges(_TRACKED, hidden=("sealed_verifier", "sealed_answer")),
        migrations.AddIndex(
            "credential",
            models.Index(
                condition=models.Q(("location", ""), _negated=True), fields=["location"], name="credential_by_location"
            ),
        ),
        migrations.RunPython(locate, migrations.RunPython.noop),
    ]
