"""The database's part of the ledger: what must hold whoever writes."""

# They see all tenants while they look. They name the schema of what they read instead of setting a search path, and
# assign settings instead of querying for them: either would cost every posting more than the check itself.
CHECKS = """
CREATE OR REPLACE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    told text := set_config('hub.scope', 'all', true);
    debits numeric;
    credits numeric;
BEGIN
    SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO debits, credits
    FROM public.ledger_journalline WHERE entry_id = NEW.id;
    IF debits <> credits OR debits = 0 THEN
        RAISE EXCEPTION 'journal entry % does not balance: debits %, credits %', NEW.number, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    told := set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;

-- Each line of a statement has its entry, written by the same transaction, and an account, both of its tenant. Each
-- entry and account is looked up once, by its key: a join might read the whole table. The lock keeps the account from
-- being deleted before the transaction ends.
CREATE OR REPLACE FUNCTION ledger_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    told text := set_config('hub.scope', 'all', true);
    is_complete boolean;
BEGIN
    SELECT bool_and(is_there) INTO is_complete FROM (
        SELECT (
            SELECT e.tenant_id = line.tenant_id AND e.transaction = pg_current_xact_id()::text::bigint
            FROM public.ledger_journalentry e WHERE e.id = line.entry_id
        ) IS TRUE AS is_there
        FROM (SELECT DISTINCT entry_id, tenant_id FROM new_rows) AS line
        UNION ALL
        SELECT (
            SELECT a.tenant_id = line.tenant_id FROM public.ledger_account a WHERE a.id = line.account_id FOR KEY SHARE
        ) IS TRUE
        FROM (SELECT DISTINCT account_id, tenant_id FROM new_rows) AS line
    ) AS needed;
    IF NOT is_complete THEN
        RAISE EXCEPTION 'journal lines are written with their entry, and on accounts of their tenant'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_complete';
    END IF;
    told := set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
"""

BALANCE = f"""
CREATE FUNCTION ledger_stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

{CHECKS}
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
CREATE OR REPLACE FUNCTION ledger_count_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    told text := set_config('hub.scope', 'all', true);
BEGIN
    INSERT INTO public.ledger_casecount AS kept (tenant_id, status, total)
    SELECT tenant_id, status, sum(change) FROM ({rows}) AS changes GROUP BY tenant_id, status HAVING sum(change) <> 0
    ORDER BY tenant_id, status
    ON CONFLICT ON CONSTRAINT case_count_once DO UPDATE SET total = kept.total + excluded.total;
    told := set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
"""
_COUNT_TRIGGER = """
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
COUNTING = "".join(_COUNT.format(event=event, rows=rows) for event, (rows, _) in _COUNTED.items())
COUNTS = COUNTING + "".join(
    _COUNT_TRIGGER.format(event=event, tables=tables) for event, (_, tables) in _COUNTED.items()
)
DROP_COUNTS = "".join(
    f"DROP TRIGGER count_{event} ON ledger_case; DROP FUNCTION ledger_count_{event}();" for event in _COUNTED
)

# Parts that a posting writes by the thousand refer to rows that the same transaction mostly has at hand. A foreign key
# would look each of them up alone, which takes longer than writing them; these look up each referenced row
# once a statement, lock it as a foreign key does, and ask for the same tenant too.
_REFER = """
CREATE FUNCTION {child}_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    told text := set_config('hub.scope', 'all', true);
    is_complete boolean;
BEGIN
    SELECT bool_and(is_there) INTO is_complete FROM ({lookups}) AS needed;
    IF NOT is_complete THEN
        RAISE EXCEPTION 'a row of {child} refers to what is not there'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{child}_refers';
    END IF;
    told := set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
CREATE TRIGGER refers AFTER INSERT ON {child} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {child}_refers();
"""
_LOOKUP = """
        SELECT (
            SELECT parent.tenant_id = part.tenant_id FROM public.{parent} parent WHERE parent.id = part.{column}
            FOR KEY SHARE
        ) IS TRUE AS is_there
        FROM (SELECT DISTINCT {column}, tenant_id FROM new_rows WHERE {column} IS NOT NULL) AS part
"""
# The other end: what is referred to stays, under its id.
_KEEP = """
CREATE FUNCTION {parent}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    told text := set_config('hub.scope', 'all', true);
BEGIN
    IF (TG_OP = 'DELETE' OR NEW.id <> OLD.id) AND EXISTS (SELECT FROM public.{child} WHERE {column} = OLD.id) THEN
        RAISE EXCEPTION 'rows of {child} refer to row % of {parent}', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{child}_refers';
    END IF;
    told := set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER keep BEFORE DELETE OR UPDATE OF id ON {parent} FOR EACH ROW EXECUTE FUNCTION {parent}_keep();
"""
_REFERENCES = {
    "ledger_stockmovement": {"item_id": "ledger_inventoryitem", "posting_id": "ledger_posting"},
    "ledger_billline": {"bill_id": "ledger_bill"},
}
# The lines of entries have `ledger_check_lines` for their end.
_KEPT = {"ledger_journalline": {"account_id": "ledger_account"}, **_REFERENCES}
REFERENCES = "".join(
    _REFER.format(
        child=child,
        lookups="UNION ALL".join(_LOOKUP.format(parent=parent, column=column) for column, parent in columns.items()),
    )
    for child, columns in _REFERENCES.items()
) + "".join(
    _KEEP.format(parent=parent, child=child, column=column)
    for child, columns in _KEPT.items()
    for column, parent in columns.items()
)
DROP_REFERENCES = "".join(
    f"DROP TRIGGER refers ON {child}; DROP FUNCTION {child}_refers();" for child in _REFERENCES
) + "".join(
    f"DROP TRIGGER keep ON {parent}; DROP FUNCTION {parent}_keep();"
    for columns in _KEPT.values()
    for parent in columns.values()
)

# The id of a part that a statement writes: that of its whole, a UUIDv7, with the part's place instead of the last 32
# random bits (RFC 9562, 6.2, has room for a counter there). Random bits for each of a thousand parts would take longer
# than most of what is written with them.
PART_ID = """
CREATE OR REPLACE FUNCTION ledger_part_id(whole uuid, place integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(overlay(uuid_send(whole) PLACING int4send(place) FROM 13), 'hex')::uuid
"""
DROP_PART_ID = "DROP FUNCTION ledger_part_id(uuid, integer)"
