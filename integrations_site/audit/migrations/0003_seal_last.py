"""Entries are sealed after everything else that a commit checks, and are found by time."""

import django.core.serializers.json
from django.db import migrations, models

from integrations_site.audit import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_chain")]
    operations = [
        migrations.RunSQL(sql.FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(sql.TRACKERS, migrations.RunSQL.noop),
        migrations.AlterModelOptions(
            name="auditentry",
            options={"ordering": ["-at", "-id"], "verbose_name_plural": "audit entries"},
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="audit_by_subject",
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="audit_by_action",
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="data",
            field=models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant", "-at", "-id"], name="audit_by_time"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant", "subject", "-at", "-id"], name="audit_by_subject_and_time"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant", "action", "-at", "-id"], name="audit_by_action_and_time"),
        ),
    ]
