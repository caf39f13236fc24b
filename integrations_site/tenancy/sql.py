"""The role that the hub works as in the database, and the functions that row-level security asks."""

ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
        CREATE ROLE hub_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of the same server was migrated at the same time
END $$
"""

# What the owner makes from here on, the hub may use; append-only tables take part of it back.
GRANTS = """
GRANT hub_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO hub_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hub_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO hub_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hub_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO hub_app;
"""

# Whose rows are to be seen: the tenant's in scope, everybody's (the id of nobody), or none (null). One answer for both
# questions, because every statement asks once for each of its tables.
WALL = """
CREATE OR REPLACE FUNCTION hub_wall() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_setting('hub.scope', true) = 'all' THEN '00000000-0000-0000-0000-000000000000'::uuid
        ELSE nullif(nullif(current_setting('hub.tenant', true), '')::uuid, '00000000-0000-0000-0000-000000000000') END;
"""
# PostgreSQL expects half of the rows to pass a CASE, and chooses its plans by what else is asked for.
INSIDE = """
CASE (SELECT hub_wall()) WHEN {column} THEN true WHEN '00000000-0000-0000-0000-000000000000' THEN true ELSE false END
"""

# For databases that were made before.
REBUILD_WALLS = f"""
DO $$
DECLARE
    wall record;
BEGIN
    FOR wall IN
        SELECT tablename, substring(qual FROM '([a-z_]+) = \\( SELECT hub_tenant') AS owner
        FROM pg_policies WHERE schemaname = 'public' AND qual LIKE '%hub_tenant()%'
    LOOP
        EXECUTE format('ALTER POLICY tenant_wall ON public.%1$I USING (%2$s) WITH CHECK (%2$s)',
            wall.tablename, format($inside${INSIDE.format(column="%I")}$inside$, wall.owner));
    END LOOP;
END $$;
DROP FUNCTION IF EXISTS hub_tenant(), hub_sees_all();
"""  # noqa: S608 - made of constants
REFER_AT_ONCE = """
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT conrelid::regclass::text AS child, conname FROM pg_constraint WHERE contype = 'f' AND condeferred
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY IMMEDIATE',
            reference.child, reference.conname);
    END LOOP;
END $$
"""

FUNCTIONS = f"""
{WALL}
CREATE FUNCTION hub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

DROP_FUNCTIONS = "DROP FUNCTION hub_refuse_change(), hub_wall()"
