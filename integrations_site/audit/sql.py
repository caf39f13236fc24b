"""The database's part of the audit trail.

An entry is sealed when its transaction commits: only then is the tenant's chain locked, so that services cannot deadlock
over it, however they nest. `hash` is SHA-256 over the previous hash and the entry's fields as netstrings
(`integrations_site.audit.chain` computes the same outside the database).
"""

FUNCTIONS = """
CREATE FUNCTION audit_netstring(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(coalesce(value, ''))::text || ':' || coalesce(value, '') || ',';

CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO public, pg_temp AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    chain_id uuid := coalesce(NEW.tenant_id, '00000000-0000-0000-0000-000000000000');
    head audit_audithead;
    next_number bigint;
    next_hash text;
BEGIN
    PERFORM set_config('hub.scope', 'all', true);
    SELECT * INTO head FROM audit_audithead WHERE chain = chain_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_audithead (chain, tenant_id, number, hash) VALUES (chain_id, NEW.tenant_id, 0, repeat('0', 64))
            ON CONFLICT (chain) DO NOTHING;
        SELECT * INTO head FROM audit_audithead WHERE chain = chain_id FOR UPDATE;
    END IF;
    next_number := head.number + 1;
    next_hash := encode(sha256(convert_to(
        head.hash || audit_netstring(next_number::text) || audit_netstring(NEW.id::text) || audit_netstring(NEW.tenant_id::text)
        || audit_netstring(NEW.action) || audit_netstring(NEW.actor) || audit_netstring(NEW.actor_label)
        || audit_netstring(NEW.subject) || audit_netstring(NEW.data::text) || audit_netstring(NEW.request_id)
        || audit_netstring((extract(epoch FROM NEW.at) * 1000000)::bigint::text), 'UTF8')), 'hex');
    UPDATE audit_audithead SET number = next_number, hash = next_hash WHERE chain = chain_id;
    UPDATE audit_auditentry SET number = next_number, previous_hash = head.hash, hash = next_hash WHERE id = NEW.id;
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;

CREATE FUNCTION audit_only_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.number IS NULL AND
        (to_jsonb(OLD) - '{number,previous_hash,hash}'::text[]) = (to_jsonb(NEW) - '{number,previous_hash,hash}'::text[])
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'audit entries are never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_auditentry FOR EACH ROW EXECUTE FUNCTION audit_only_seal();
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON audit_auditentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_seal();
REVOKE UPDATE, DELETE ON audit_auditentry FROM hub_app;
REVOKE INSERT, UPDATE, DELETE ON audit_audithead FROM hub_app;
"""

DROP_FUNCTIONS = """
DROP TRIGGER seal ON audit_auditentry;
DROP TRIGGER append_only ON audit_auditentry;
DROP FUNCTION audit_only_seal(), audit_seal(), audit_netstring(text);
"""

_TRACK = """
CREATE FUNCTION audit_track_{event}() RETURNS trigger LANGUAGE plpgsql SET search_path TO public, pg_temp AS $$
DECLARE
    scope_before text := current_setting('hub.scope', true);
    hidden text[] := TG_ARGV[1:];
BEGIN
    IF current_setting('hub.announced', true) = 'on' THEN RETURN NULL; END IF;
    PERFORM set_config('hub.scope', 'all', true);
    INSERT INTO audit_auditentry (id, tenant_id, action, actor, actor_label, subject, data, request_id, at)
    SELECT gen_random_uuid(), (row_data ->> TG_ARGV[0])::uuid, 'row.{event}', 'database', session_user, TG_TABLE_NAME,
        jsonb_build_object('count', count(*), 'rows', jsonb_agg(change) FILTER (WHERE rank <= 100)),
        '', clock_timestamp()
    FROM (SELECT row_data, change, row_number() OVER (PARTITION BY row_data ->> TG_ARGV[0]) AS rank FROM ({rows}) AS changes) AS ranked
    GROUP BY row_data ->> TG_ARGV[0];
    PERFORM set_config('hub.scope', coalesce(scope_before, ''), true);
    RETURN NULL;
END $$;
"""

_ROWS = {
    "insert": "SELECT to_jsonb(n) AS row_data, jsonb_build_object('new', to_jsonb(n) - hidden) AS change FROM new_rows n",
    "delete": "SELECT to_jsonb(o) AS row_data, jsonb_build_object('old', to_jsonb(o) - hidden) AS change FROM old_rows o",
    "update": "SELECT to_jsonb(n) AS row_data, jsonb_build_object('old', to_jsonb(o) - hidden, 'new', to_jsonb(n) - hidden) AS change "
    "FROM new_rows n JOIN old_rows o USING (id) WHERE to_jsonb(o) IS DISTINCT FROM to_jsonb(n)",
}

TRACKERS = "".join(_TRACK.format(event=event, rows=rows) for event, rows in _ROWS.items())
DROP_TRACKERS = "".join(f"DROP FUNCTION audit_track_{event}();" for event in _ROWS)
