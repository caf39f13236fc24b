"""The database's part of the audit trail.

An entry is sealed when its transaction commits: only then are the chains of the tenants concerned locked, in one order,
and nothing else that a commit checks waits for anybody (`tenancy.database` has foreign keys checked before), so that
nobody who holds a chain ever waits for somebody who waits for a chain. `hash` is SHA-256 over the previous hash and the
entry's fields as netstrings (`integrations_site.audit.chain` computes the same outside the database).
"""

# Every entry goes through these. A setting is changed by an assignment, which PostgreSQL computes without a query.
SEALING = """
CREATE OR REPLACE FUNCTION audit_admit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    chain_id text := coalesce(NEW.tenant_id, '00000000-0000-0000-0000-000000000000');
    chains text := current_setting('hub.chains', true);
    told text;
BEGIN
    IF NEW.number IS NOT NULL OR NEW.previous_hash IS NOT NULL OR NEW.hash IS NOT NULL THEN
        RAISE EXCEPTION 'audit entries are numbered and sealed by the database alone'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF position(chain_id IN coalesce(chains, '')) = 0 THEN
        told := set_config('hub.chains', concat_ws(',', nullif(chains, ''), chain_id), true);
    END IF;
    -- What somebody announces needs no recording of its rows; an entry about unannounced rows announces nothing.
    IF NEW.action NOT LIKE 'row.%' THEN
        told := set_config('hub.announced', 'on', true);
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_lock_chains(chains uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM audit_audithead WHERE chain = ANY (chains)) < cardinality(chains) THEN
        -- The new heads refer to tenants. They wait for those here, while nothing is held that others wait for.
        PERFORM FROM tenancy_tenant WHERE id = ANY (chains) ORDER BY id FOR KEY SHARE;
        INSERT INTO audit_audithead (chain, tenant_id, number, hash)
            SELECT DISTINCT chain, nullif(chain, '00000000-0000-0000-0000-000000000000'), 0, repeat('0', 64)
            FROM unnest(chains) AS chain ORDER BY chain ON CONFLICT (chain) DO NOTHING;
    END IF;
    PERFORM FROM audit_audithead WHERE chain = ANY (chains) ORDER BY chain FOR UPDATE;
END $$;
REVOKE EXECUTE ON FUNCTION audit_lock_chains(uuid[]) FROM PUBLIC;

-- Mostly there is one chain to lock, and its end is locked as it is read. `hub.head` says where the last version of a
-- chain's end stands, so that a transaction with many entries need not go through the versions that it wrote itself.
-- Where somebody has it say something else, the entry is refused.
CREATE OR REPLACE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO public, pg_temp AS $$
DECLARE
    chain_id uuid := coalesce(NEW.tenant_id, '00000000-0000-0000-0000-000000000000');
    scope_before text := current_setting('hub.scope', true);
    chains text := current_setting('hub.chains', true);
    known text[] := string_to_array(current_setting('hub.head', true), ' ');
    head record;
    next_hash text;
    told text;
BEGIN
    told := set_config('hub.scope', 'all', true);
    IF chains LIKE '%,%' THEN
        PERFORM audit_lock_chains(string_to_array(chains, ',')::uuid[]);
        told := set_config('hub.chains', '', true);
    END IF;
    IF known[1] = chain_id::text THEN
        SELECT ctid AS place, number, hash INTO STRICT head FROM audit_audithead
            WHERE ctid = known[2]::tid AND chain = chain_id;
    ELSE
        SELECT ctid AS place, number, hash INTO head FROM audit_audithead WHERE chain = chain_id FOR UPDATE;
        IF NOT FOUND THEN
            PERFORM audit_lock_chains(ARRAY[chain_id]);
            SELECT ctid AS place, number, hash INTO STRICT head FROM audit_audithead WHERE chain = chain_id;
        END IF;
    END IF;
    next_hash := encode(sha256(convert_to(
        head.hash || audit_netstring((head.number + 1)::text) || audit_netstring(NEW.id::text)
        || audit_netstring(NEW.tenant_id::text) || audit_netstring(NEW.action) || audit_netstring(NEW.actor)
        || audit_netstring(NEW.actor_label) || audit_netstring(NEW.subject) || audit_netstring(NEW.data::text)
        || audit_netstring(NEW.request_id)
        || audit_netstring((extract(epoch FROM NEW.at) * 1000000)::bigint::text), 'UTF8')), 'hex');
    UPDATE audit_auditentry SET number = head.number + 1, previous_hash = head.hash, hash = next_hash WHERE id = NEW.id;
    UPDATE audit_audithead h SET number = head.number + 1, hash = next_hash
        WHERE h.ctid = head.place AND h.number = head.number RETURNING h.ctid AS place INTO STRICT head;
    told := set_config('hub.head', chain_id || ' ' || head.place, true);
    told := set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_only_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unsealed audit_auditentry;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.number IS NULL THEN
        unsealed := NEW;
        unsealed.number := OLD.number;
        unsealed.previous_hash := OLD.previous_hash;
        unsealed.hash := OLD.hash;
        IF unsealed IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'audit entries are never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;
"""

SEAL_TRIGGER = """
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON audit_auditentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_seal();
"""
# For databases that were made before.
SEAL_IN_ONE_STEP = f"""
DROP TRIGGER IF EXISTS queue_seal ON audit_auditentry;
DROP FUNCTION IF EXISTS audit_queue_seal();
DROP TRIGGER seal ON audit_auditentry;
{SEAL_TRIGGER}
"""

FUNCTIONS = f"""
CREATE FUNCTION audit_netstring(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(coalesce(value, ''))::text || ':' || coalesce(value, '') || ',';

{SEALING}
CREATE TRIGGER admit BEFORE INSERT ON audit_auditentry FOR EACH ROW EXECUTE FUNCTION audit_admit();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_only_seal();
{SEAL_TRIGGER}
REVOKE UPDATE, DELETE ON audit_auditentry FROM hub_app;
REVOKE INSERT, UPDATE, DELETE ON audit_audithead FROM hub_app;
"""

DROP_FUNCTIONS = """
DROP TRIGGER seal ON audit_auditentry;
DROP TRIGGER append_only ON audit_auditentry;
DROP TRIGGER admit ON audit_auditentry;
DROP FUNCTION audit_only_seal(), audit_seal(), audit_lock_chains(uuid[]), audit_admit(), audit_netstring(text);
"""

# What a row change says: a new or a removed row whole, of a changed one the columns that changed. Of hidden columns it
# says only that they changed.
_DIFFERENCE = """
CREATE FUNCTION audit_difference(before jsonb, after jsonb, hidden text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE RETURN CASE
        WHEN before IS NULL THEN jsonb_build_object('new', after - hidden)
        WHEN after IS NULL THEN jsonb_build_object('old', before - hidden)
        ELSE (
            SELECT jsonb_build_object(
                'id', after -> 'id',
                'old', coalesce(jsonb_object_agg(key, before -> key) FILTER (WHERE key <> ALL (hidden)), '{}'),
                'new', coalesce(jsonb_object_agg(key, value) FILTER (WHERE key <> ALL (hidden)), '{}'))
                || CASE WHEN bool_or(key = ANY (hidden))
                    THEN jsonb_build_object('hidden', jsonb_agg(key) FILTER (WHERE key = ANY (hidden))) ELSE '{}' END
            FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key)
        END;
"""

# A row that leaves its tenant (or its id) is gone for the one and new for the other, in a chain each.
_CHANGES = """
    SELECT coalesce(n.row ->> TG_ARGV[0], o.row ->> TG_ARGV[0])::uuid AS owner,
        public.audit_difference(o.row, n.row, TG_ARGV[1:]) AS change
    FROM (SELECT to_jsonb(t) AS row FROM old_rows t) AS o
    FULL JOIN (SELECT to_jsonb(t) AS row FROM new_rows t) AS n
        ON o.row ->> 'id' = n.row ->> 'id' AND coalesce(o.row ->> TG_ARGV[0], '') = coalesce(n.row ->> TG_ARGV[0], '')
    WHERE o.row IS DISTINCT FROM n.row
"""
_ONE_SIDE = """
    SELECT (to_jsonb(t) ->> TG_ARGV[0])::uuid AS owner, public.audit_difference({sides}, TG_ARGV[1:]) AS change
    FROM {table} t
"""
_ROWS = {
    "insert": _ONE_SIDE.format(sides="NULL, to_jsonb(t)", table="new_rows"),
    "update": _CHANGES,
    "delete": _ONE_SIDE.format(sides="to_jsonb(t), NULL", table="old_rows"),
}

# These run for every statement on every table, so they say which schema they mean instead of setting a search path.
_TRACK = """
CREATE OR REPLACE FUNCTION audit_track_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
BEGIN
    PERFORM set_config('hub.scope', 'all', true);
    INSERT INTO public.audit_auditentry (id, tenant_id, action, actor, actor_label, subject, data, request_id, at)
    SELECT gen_random_uuid(), owner, 'row.{event}', 'database', session_user, TG_TABLE_NAME,
        jsonb_build_object('count', count(*), 'rows', jsonb_agg(change)), '', clock_timestamp()
    FROM (
        SELECT owner, change, (row_number() OVER (PARTITION BY owner) - 1) / {rows_an_entry} AS part
        FROM ({rows}) AS changes
    ) AS parts
    GROUP BY owner, part ORDER BY owner, part;
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
"""
ROWS_AN_ENTRY = 100

TRACKING = "".join(_TRACK.format(event=event, rows=rows, rows_an_entry=ROWS_AN_ENTRY) for event, rows in _ROWS.items())
TRACKERS = _DIFFERENCE + TRACKING
UNANNOUNCED = "WHEN (current_setting('hub.announced', true) IS DISTINCT FROM 'on')"
# For databases that were made before.
TRACK_UNANNOUNCED = f"""
DO $$
DECLARE
    tracker record;
BEGIN
    FOR tracker IN
        SELECT tgname, tgrelid::regclass::text AS tracked, pg_get_triggerdef(oid) AS definition FROM pg_trigger
        WHERE tgname LIKE 'track\\_%' AND tgqual IS NULL AND NOT tgisinternal
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', tracker.tgname, tracker.tracked);
        EXECUTE replace(tracker.definition, ' EXECUTE ', $when$ {UNANNOUNCED} EXECUTE $when$);
    END LOOP;
END $$
"""  # noqa: S608 - made of constants
DROP_TRACKERS = (
    "".join(f"DROP FUNCTION audit_track_{event}();" for event in _ROWS)
    + "DROP FUNCTION audit_difference(jsonb, jsonb, text[]);"
)
