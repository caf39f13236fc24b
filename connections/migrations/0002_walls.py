"""Behind the tenant wall, and changes that no code announced are recorded.

Not of records, runs, steps, states, drifts, what was quarantined and activities: a sync changes them by the thousand,
and each tells by itself what it is. Inbound webhooks belong to the hub until it is known whom they concern.
"""

from django.db import migrations

from integrations_site.audit.operations import TrackChanges
from integrations_site.tenancy.operations import TenantWall


class Migration(migrations.Migration):
    dependencies = [("connections", "0001_initial"), ("audit", "0002_chain"), ("tenancy", "0004_one_question_a_wall")]
    operations = [
        *(
            TenantWall(f"connections_{table}")
            for table in (
                *("integration", "connection", "credential", "oauthattempt", "fieldmapping", "activity"),
                *("syncrun", "syncstep", "entitystate", "record", "quarantinedrecord", "schemadrift"),
            )
        ),
        TrackChanges("connections_integration", hidden=("sealed_client_secret",)),
        TrackChanges("connections_connection"),
        TrackChanges("connections_credential", hidden=("sealed",)),
        TrackChanges("connections_oauthattempt", hidden=("sealed_verifier",)),
        TrackChanges("connections_fieldmapping"),
    ]
