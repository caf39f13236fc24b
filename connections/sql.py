"""The database's part of search: how records become words, the index of them, and the way past what keeps it unused.

Row-level security lets no condition be asked before the wall's own that might tell what it sees, and PostgreSQL
trusts `@@` with that as little as any operator of full-text search: behind the wall its index is never used. So the
matches are found by functions of the table's owner, who has a policy of its own for reading records, and which ask for
the tenant in scope themselves. What they give is no more than ids and ranks, and which of some words the tenant has;
the records are read through the wall.
"""

# What parts words: controls, spaces and punctuation, so that addresses and numbers with dashes are found in parts. As
# ranges of characters it means the same to PostgreSQL, whatever the database's locale, and to Python.
APART = r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+"
# Letters with accents are found without them; the database's own rules for that come with an extension.
_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ"
_PLAIN = "aaaaaaceeeeiiiinoooooouuuuyyAAAAAACEEEEIIIINOOOOOOUUUUY"
FOLDING = str.maketrans(_ACCENTED, _PLAIN)

# How much of a record's text is searched: a tsvector has an end, and a record may be a whole document.
LONGEST_BODY = 10_000

# Every word bears its tenant's mark, six letters: so one index holds each tenant's words apart, and what a search costs
# depends on the tenant's own records alone. That matters most for beginnings of words, for which the index collects all
# records before it looks at anything else. Two tenants may have the same mark; whose a record is, is asked for as well.
WORDS = f"""
CREATE FUNCTION connections_mark(tenant uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(right(tenant::text, 6), '0123456789', 'ghijklmnop');

CREATE FUNCTION connections_words(mark text, written text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple', mark || regexp_replace(
        CASE WHEN octet_length(written) = length(written) THEN written
            ELSE translate(written, '{_ACCENTED}', '{_PLAIN}') END,
        '{APART}', ' ' || mark, 'g'
    ));

CREATE FUNCTION connections_search(tenant uuid, title text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(connections_words(connections_mark(tenant), coalesce(title, '')), 'A')
        || connections_words(connections_mark(tenant), left(coalesce(body, ''), {LONGEST_BODY}));
"""
DROP_WORDS = """
DROP FUNCTION connections_search(uuid, text, text);
DROP FUNCTION connections_words(text, text);
DROP FUNCTION connections_mark(uuid);
"""

# By word for search; by time for widgets, which show the newest records of a data type. Those of one moment are sorted
# by id when they are read: with the id in it the index would cost every sync more than that costs a page.
INDEXES = """
CREATE INDEX record_by_word ON connections_record USING gin (search) WHERE deleted_at IS NULL;
CREATE INDEX record_by_time ON connections_record (connection_id, entity, occurred_at DESC NULLS LAST)
    WHERE deleted_at IS NULL;
"""
DROP_INDEXES = "DROP INDEX record_by_word, record_by_time"

# For databases that were made before.
SHORTEN_BY_TIME = """
DROP INDEX record_by_time;
CREATE INDEX record_by_time ON connections_record (connection_id, entity, occurred_at DESC NULLS LAST)
    WHERE deleted_at IS NULL;
"""

# New words wait in a list until that is full; then whoever adds one sorts them all into the index, and searches look
# through the list as well. Four megabytes, PostgreSQL's own limit, are a quarter of a second; one costs no load more.
SHORTEN_WAITING = "ALTER INDEX record_by_word SET (gin_pending_list_limit = 1024)"
LENGTHEN_WAITING = "ALTER INDEX record_by_word RESET (gin_pending_list_limit)"

# Matches of the tenant in scope. What is asked for comes in steps, the closest first (words as they are, then the last
# one as a beginning), each word with an @ before it, where its mark goes; a step finds what those before it have not.
# Where a step fills the answer, the next ones and further rounds ask only the connections that have shown nothing yet:
# no source is silent because another is loud.
#
# The index of words is the way to what fits, whatever the planner expects. That of connections beside it saves reading
# where few of the tenant's are asked; where all are, it costs more than the search, so IS TRUE keeps it out. EXECUTE
# has the statement planned for the words that are asked for; that is a fraction of a millisecond.
FIND = """
CREATE FUNCTION connections_find(
    steps text[], whole uuid[], parts uuid[], entities text[], narrowed boolean, person uuid,
    since timestamptz, until timestamptz, holding jsonb, most integer
) RETURNS TABLE (id uuid, connection_id uuid, integration_id uuid, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
    tenant constant uuid := public.hub_wall();
    mark constant text := public.connections_mark(tenant);
    silent uuid[] := ARRAY(SELECT DISTINCT unnest(whole || parts));
    asked uuid[] := silent;
    is_full boolean := false;
    room integer := most;
    step text;
    wanted tsquery;
    closer tsquery;
    ids uuid[];
    links uuid[];
    integrations uuid[];
    scores real[];
BEGIN
    FOREACH step IN ARRAY steps LOOP
        wanted := to_tsquery('simple', replace(step, '@', mark));
        FOR round IN 1..3 LOOP
            EXECUTE
                'SELECT array_agg(one.id), array_agg(one.connection_id), array_agg(one.integration_id),
                    array_agg(one.score)
                 FROM (
                    SELECT r.id, r.connection_id, r.integration_id, ts_rank_cd(r.search, $1, 32) AS score
                    FROM public.connections_record AS r
                    WHERE r.search @@ $2 AND r.deleted_at IS NULL AND r.tenant_id = $3
                        AND (r.connection_id = ANY($4)) ' || CASE WHEN narrowed OR is_full THEN '' ELSE 'IS TRUE' END ||
                      ' AND (r.user_id IS NULL OR r.user_id = $5)
                        AND ($6 IS NULL OR r.occurred_at >= $6) AND ($7 IS NULL OR r.occurred_at <= $7)
                        AND ($8 IS NULL OR r.data @> $8)
                        AND ($9 = ''{}'' OR r.connection_id = ANY($10)
                            OR (r.connection_id, r.entity) IN (SELECT * FROM unnest($9, $11)))
                    LIMIT $12) AS one'
                INTO ids, links, integrations, scores
                USING wanted, coalesce(wanted && !! closer, wanted), tenant, asked, person, since, until, holding,
                    parts, whole, entities, room;
            RETURN QUERY SELECT * FROM unnest(ids, links, integrations, scores);
            silent := ARRAY(SELECT unnest(silent) EXCEPT SELECT unnest(links));
            IF coalesce(cardinality(ids), 0) < room THEN
                room := CASE WHEN is_full THEN most ELSE room - coalesce(cardinality(ids), 0) END;
                EXIT;
            END IF;
            IF silent = '{}' THEN
                RETURN;
            END IF;
            is_full := true;
            asked := silent;
            room := most;
        END LOOP;
        closer := wanted;
    END LOOP;
END $$;

-- Those of the words that records of the tenant in scope hold.
CREATE FUNCTION connections_known(words text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
    SELECT word FROM unnest(words) AS word WHERE EXISTS (
        SELECT FROM public.connections_record AS r
        WHERE r.search @@ quote_literal(public.connections_mark(public.hub_wall()) || word)::tsquery
            AND r.deleted_at IS NULL AND r.tenant_id = public.hub_wall()
    )
$$;
REVOKE ALL ON FUNCTION connections_find, connections_known FROM PUBLIC;
GRANT EXECUTE ON FUNCTION connections_find, connections_known TO hub_app;
CREATE POLICY search_reader ON connections_record FOR SELECT TO CURRENT_USER USING (true);
"""
DROP_FIND = """
DROP POLICY search_reader ON connections_record;
DROP FUNCTION connections_known, connections_find;
"""

# For databases that were made before.
REBUILD_FIND = DROP_FIND + FIND
