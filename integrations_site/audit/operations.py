"""A migration operation that records row changes which no code announced."""

from django.db import migrations

from integrations_site.audit.sql import UNANNOUNCED

_EVENTS = {
    "insert": ("INSERT", "NEW TABLE AS new_rows"),
    "update": ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "delete": ("DELETE", "OLD TABLE AS old_rows"),
}


class TrackChanges(migrations.RunSQL):
    """Every INSERT, UPDATE and DELETE on the table becomes an audit entry, unless its transaction was announced.

    The triggers work per statement, so a bulk change costs an entry for every hundred rows of a tenant. `column` holds
    the tenant (empty: the rows are of none). Of `hidden` columns (secrets) an entry says only that they changed.
    """

    def __init__(self, table: str, *, column: str = "tenant_id", hidden: tuple[str, ...] = ()) -> None:
        arguments = ", ".join(f"'{name}'" for name in (column, *hidden))
        super().__init__(
            sql=[
                f"CREATE TRIGGER track_{name} AFTER {event} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT {UNANNOUNCED} EXECUTE FUNCTION audit_track_{name}({arguments})"
                for name, (event, rows) in _EVENTS.items()
            ],
            reverse_sql=[f"DROP TRIGGER track_{name} ON {table}" for name in _EVENTS],
        )
