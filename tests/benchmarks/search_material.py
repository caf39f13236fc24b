"""Records to search in: many tenants, one of which holds a fifth, and words as rare and as common as in any language.

How often a word is used falls with its rank (Zipf's law): the commonest are in a third of the records, most in hardly
any. The tenants' connections take turns to write, a page of a hundred records each, as syncs do.
"""

import hashlib
import uuid
from dataclasses import dataclass

import psycopg

from catalog.models import Provider
from connections import sql
from integrations_site.tenancy import scope
from tests.connections.search.records import connect, make_searchable_provider
from tests.connections.world import make_integration
from tests.factories import make_tenant

TENANTS = 50
VOCABULARY = 20_000
_LINKS = 3
# Texts are used more than once, by whichever tenant; a prime, so that no tenant has but some of them.
_MOST_TEXTS = 99_991
_LETTERS = str.maketrans("0123456789", "ghijklmnop")

# A title of three words and a text of eight; the logarithms of their ranks are even. `word` says the same.
_TEXTS = f"""
CREATE TEMPORARY TABLE texts ON COMMIT DROP AS
SELECT place, string_agg(word, ' ') FILTER (WHERE slot <= 3) AS title,
    string_agg(word, ' ') FILTER (WHERE slot > 3) AS body
FROM (
    SELECT place, slot, left(translate(md5(rank::text), '0123456789', 'ghijklmnop'), 5 + rank %% 5) AS word
    FROM (SELECT place, slot, floor(exp(random() * ln({VOCABULARY}::float8)))::int AS rank
        FROM generate_series(0, %(texts)s - 1) AS place, generate_series(1, 11) AS slot OFFSET 0) AS drawn
) AS written GROUP BY place
"""
_RECORDS = """
INSERT INTO connections_record (id, tenant_id, created_at, updated_at, connection_id, integration_id, entity,
    external_id, raw, data, hash, title, occurred_at, changed_at, search)
SELECT gen_random_uuid(), owner.tenant_id, now(), now(), owner.id, owner.integration_id,
    CASE WHEN number %% 2 = 0 THEN 'customers' ELSE 'payments' END, 'ext-' || number,
    convert_to(
        jsonb_build_object('id', 'ext-' || number, 'name', title, 'sent', repeat('abcdefghij ', 40))::text, 'UTF8'),
    jsonb_build_object('id', 'ext-' || number, 'name', title, 'note', body, 'amount', number %% 1000),
    decode(md5(number::text), 'hex'), title, now() - number %% 700 * interval '1 day', now(),
    connections_search(owner.tenant_id, title, body || ' ext-' || number)
FROM (SELECT number FROM generate_series(0, %(records)s::int - 1) AS number) AS numbered
JOIN texts ON texts.place = number * 7919::bigint %% %(texts)s
JOIN unnest(%(connections)s::uuid[]) WITH ORDINALITY AS listed (id, rank) ON listed.rank = 1 + number / 100 %% 3
    + 3 * CASE WHEN number / 100 %% 5 = 0 THEN 0 ELSE 1 + number / 100 * 31::bigint %% %(others)s END
JOIN connections_connection AS owner ON owner.id = listed.id
ORDER BY number
"""
# What a tutorial would search in.
_PLAIN = """
CREATE TABLE bench_plain AS
SELECT id, tenant_id, data, to_tsvector('simple', title || ' ' || (data->>'note') || ' ' || external_id) AS search
FROM connections_record;
CREATE INDEX ON bench_plain USING gin (search);
GRANT SELECT ON bench_plain TO hub_app
"""


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant with connections, all of which have records."""

    tenant_id: uuid.UUID
    connections: tuple[uuid.UUID, ...]


def word(rank: int) -> str:
    """The word of this rank; 1 is the commonest."""
    return hashlib.md5(str(rank).encode(), usedforsecurity=False).hexdigest().translate(_LETTERS)[: 5 + rank % 5]


def companies() -> list[Company]:
    """The tenants; the first is to have a fifth of all records."""
    provider = _provider()
    return [make_company(provider) for _ in range(TENANTS)]


def make_company(provider: Provider | None = None) -> Company:
    """A tenant with connections, and nothing in them."""
    tenant, used = make_tenant(), provider or _provider()
    with scope.tenant_scope(tenant.id):
        return Company(tenant.id, tuple(connect(make_integration(used, status="connected")).id for _ in range(_LINKS)))


def _provider() -> Provider:
    return make_searchable_provider("https://vendor.example.com")


def fill(url: str, owners: list[Company], records: int) -> None:
    """Writes the records in bulk, indexes them afterwards, and writes the table that a tutorial would have."""
    parameters = {
        "records": records,
        "texts": min(_MOST_TEXTS, records),
        "others": len(owners) - 1,
        "connections": [one for owner in owners for one in owner.connections],
    }
    with psycopg.connect(url) as database:
        database.execute(sql.DROP_INDEXES)
        database.execute("SELECT set_config('hub.scope', 'all', false)")
        database.execute(_TEXTS, parameters)
        database.execute("ANALYZE texts")
        database.execute(_RECORDS, parameters)
        database.execute(sql.INDEXES)
        database.execute(_PLAIN)
