"""The database's part of the ledger: what must hold whoever writes."""

BALANCE = """
CREATE FUNCTION ledger_stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql SET search_path TO public, pg_temp AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    debits numeric;
    credits numeric;
BEGIN
    PERFORM set_config('hub.scope', 'all', true);
    SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO debits, credits
    FROM ledger_journalline WHERE entry_id = NEW.id;
    IF debits <> credits OR debits = 0 THEN
        RAISE EXCEPTION 'journal entry % does not balance: debits %, credits %', NEW.number, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_check_lines() RETURNS trigger LANGUAGE plpgsql SET search_path TO public, pg_temp AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
BEGIN
    PERFORM set_config('hub.scope', 'all', true);
    IF EXISTS (
        SELECT FROM new_rows n
        JOIN ledger_journalentry e ON e.id = n.entry_id
        JOIN ledger_account a ON a.id = n.account_id
        WHERE e.transaction <> pg_current_xact_id()::text::bigint
            OR e.tenant_id <> n.tenant_id OR a.tenant_id <> n.tenant_id
    ) THEN
        RAISE EXCEPTION 'journal lines are written with their entry, and on accounts of their tenant'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_complete';
    END IF;
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;

CREATE TRIGGER stamp BEFORE INSERT ON ledger_journalentry FOR EACH ROW EXECUTE FUNCTION ledger_stamp_entry();
CREATE CONSTRAINT TRIGGER balance AFTER INSERT ON ledger_journalentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_check_balance();
CREATE TRIGGER complete AFTER INSERT ON ledger_journalline REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_lines();
"""

DROP_BALANCE = """
DROP TRIGGER complete ON ledger_journalline;
DROP TRIGGER balance ON ledger_journalentry;
DROP TRIGGER stamp ON ledger_journalentry;
DROP FUNCTION ledger_check_lines(), ledger_check_balance(), ledger_stamp_entry();
"""

_COUNT = """
CREATE FUNCTION ledger_count_{event}() RETURNS trigger LANGUAGE plpgsql SET search_path TO public, pg_temp AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
BEGIN
    PERFORM set_config('hub.scope', 'all', true);
    INSERT INTO ledger_casecount (tenant_id, status, total)
    SELECT tenant_id, status, sum(change) FROM ({rows}) AS changes GROUP BY tenant_id, status HAVING sum(change) <> 0
    ORDER BY tenant_id, status
    ON CONFLICT ON CONSTRAINT case_count_once DO UPDATE SET total = ledger_casecount.total + excluded.total;
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
CREATE TRIGGER count_{event} AFTER {event} ON ledger_case REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_count_{event}();
"""
_NEW, _OLD = (
    "SELECT tenant_id, status, 1 AS change FROM new_rows",
    "SELECT tenant_id, status, -1 AS change FROM old_rows",
)
_COUNTED = {
    "insert": (_NEW, "NEW TABLE AS new_rows"),
    "update": (f"{_NEW} UNION ALL {_OLD}", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "delete": (_OLD, "OLD TABLE AS old_rows"),
}
COUNTS = "".join(_COUNT.format(event=event, rows=rows, tables=tables) for event, (rows, tables) in _COUNTED.items())
DROP_COUNTS = "".join(
    f"DROP TRIGGER count_{event} ON ledger_case; DROP FUNCTION ledger_count_{event}();" for event in _COUNTED
)

# Each line of a statement has its entry, written by the same transaction, and an account, both of its tenant. Each
# entry and account is looked up once, by its key: a join might read the whole table.
COMPLETE = """
CREATE OR REPLACE FUNCTION ledger_check_lines() RETURNS trigger LANGUAGE plpgsql
    SET search_path TO public, pg_temp AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    is_complete boolean;
BEGIN
    PERFORM set_config('hub.scope', 'all', true);
    SELECT bool_and(is_there) INTO is_complete FROM (
        SELECT (
            SELECT e.tenant_id = line.tenant_id AND e.transaction = pg_current_xact_id()::text::bigint
            FROM ledger_journalentry e WHERE e.id = line.entry_id
        ) IS TRUE AS is_there
        FROM (SELECT DISTINCT entry_id, tenant_id FROM new_rows) AS line
        UNION ALL
        SELECT (SELECT a.tenant_id = line.tenant_id FROM ledger_account a WHERE a.id = line.account_id) IS TRUE
        FROM (SELECT DISTINCT account_id, tenant_id FROM new_rows) AS line
    ) AS needed;
    IF NOT is_complete THEN
        RAISE EXCEPTION 'journal lines are written with their entry, and on accounts of their tenant'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_complete';
    END IF;
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
"""

# A UUIDv7 (RFC 9562) for rows that statements make: PostgreSQL's own from 18 on; before, the time in milliseconds and
# what a random UUID has.
NEW_ID = """
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE FUNCTION ledger_new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
    ELSE
        CREATE FUNCTION ledger_new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE RETURN encode(
            set_bit(set_bit(
                overlay(uuid_send(gen_random_uuid()) PLACING
                    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
                52, 1), 53, 1), 'hex')::uuid;
    END IF;
END $$
"""
DROP_NEW_ID = "DROP FUNCTION ledger_new_id()"
