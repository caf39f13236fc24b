"""The chains to lock are known before the second step of sealing, also where constraints are immediate."""

from django.db import migrations

from integrations_site.audit import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seal_last")]
    operations = [migrations.RunSQL(sql.FUNCTIONS, migrations.RunSQL.noop)]
