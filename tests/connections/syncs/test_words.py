"""The words that are made here are those that the database would make."""

import uuid

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connections.services.syncs.words import mark_of, vector

_TENANT = uuid.UUID("019a2f4c-8e5b-7d3f-9a1c-2e4b6d8f0a13")
# With accents that are folded, and a few that are not.
_LETTERS = st.text(st.characters(min_codepoint=1, max_codepoint=127) | st.sampled_from("éÀñÿßø東"), max_size=120)
# Each word, whether it is in the title, and how often it stands there; a tenant's mark alone is none.
_WORDS = """
SELECT lexeme, 'A' = ANY(weights), least(cardinality(positions), 200) 
FROM unnest(ts_delete({}, connections_mark(%(tenant)s::uuid))) ORDER BY lexeme
"""


def _asked(vector_sql: str, **parameters: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(_WORDS.format(vector_sql), {"tenant": str(_TENANT), **parameters})
        return list(cursor.fetchall())


@pytest.mark.django_db
@settings(max_examples=80, deadline=None)
@given(title=_LETTERS, body=_LETTERS)
@example(title="Inc. 1e5", body="a/b?c=d <tag> jane.doe@example.com -12,50 INV-2026/0042 x" + "y" * 3000)
@example(title="", body="z " * 9000)
def test_words_are_those_of_the_database(title: str, body: str) -> None:
    made = vector(mark_of(_TENANT), title, body)
    if made is None:
        assert not f"{title}{body}".isascii()
        return
    theirs = _asked("connections_search(%(tenant)s::uuid, %(title)s, %(body)s)", title=title, body=body)
    assert _asked("%(made)s::tsvector", made=made.decode()) == theirs
