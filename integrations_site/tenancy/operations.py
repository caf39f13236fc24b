"""Migration operations that put a table behind the tenant wall."""

from django.db import migrations

from integrations_site.tenancy.sql import INSIDE


class TenantWall(migrations.RunSQL):
    """Forces row-level security on a table with a tenant column, for its owner too.

    A row is visible and writable only in its tenant's scope or in the scope of all tenants. A row without a tenant
    belongs to the hub and is visible in the scope of all tenants only.
    """

    def __init__(self, table: str, column: str = "tenant_id") -> None:
        inside = INSIDE.format(column=column)
        super().__init__(
            sql=[
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY tenant_wall ON {table} USING ({inside}) WITH CHECK ({inside})",
            ],
            reverse_sql=[
                f"DROP POLICY tenant_wall ON {table}",
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            ],
        )


class AppendOnly(migrations.RunSQL):
    """Rows of the table can be added and read; an UPDATE or DELETE of them fails, by whatever role.

    Only the owner, which serves no request, may still empty the table as a whole (TRUNCATE, for `flush`).
    """

    def __init__(self, table: str) -> None:
        super().__init__(
            sql=[
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM hub_app",
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION hub_refuse_change()",
            ],
            reverse_sql=[f"DROP TRIGGER append_only ON {table}", f"GRANT UPDATE, DELETE ON {table} TO hub_app"],
        )
