"""Behind the tenant wall; balance, append-only tables and case counts are the database's business."""

from django.db import migrations

from integrations_site.audit.operations import TrackChanges
from integrations_site.tenancy.operations import AppendOnly, TenantWall
from ledger import sql

TABLES = [
    "account",
    "accountmapping",
    "artifact",
    "bill",
    "billline",
    "billpayment",
    "case",
    "casecount",
    "casetax",
    "exchangerate",
    "inventoryitem",
    "journalentry",
    "journalline",
    "ledgersettings",
    "lineitem",
    "posting",
    "skualias",
    "stockmovement",
    "taxrule",
    "vendor",
]
APPEND_ONLY = ["journalentry", "journalline", "stockmovement", "billline"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("audit", "0002_chain")]
    operations = [
        migrations.RunSQL(sql.BALANCE, sql.DROP_BALANCE),
        migrations.RunSQL(sql.COUNTS, sql.DROP_COUNTS),
        *(TenantWall(f"ledger_{table}") for table in TABLES),
        *(TrackChanges(f"ledger_{table}") for table in TABLES if table != "casecount"),
        *(AppendOnly(f"ledger_{table}") for table in APPEND_ONLY),
    ]
