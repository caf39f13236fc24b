"""Emptying the database after a test that committed.

Django's `flush` makes some five hundred files anew, those of every table and every index, and then fills in content
types and permissions again: longer than most tests take. Here the rows go that are there, and those two stay.
"""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase

from integrations_site.tenancy.ownership import as_owner

_LONG = 64 * 1024
_ALWAYS_THERE = {ContentType._meta.db_table, Permission._meta.db_table}
# The hub's own triggers keep rows from being deleted, or note it; foreign keys are checked all the same, when all is
# done, so that the order makes no difference. A long table is made anew where no other refers to it: what was deleted
# from it would stay in the planner's statistics.
_EMPTY = """
DO $$
DECLARE
    name regclass;
    is_filled boolean;
    deleted regclass[] := '{{}}';
BEGIN
    SET CONSTRAINTS ALL DEFERRED;
    FOREACH name IN ARRAY '{{{names}}}'::regclass[] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO is_filled;
        IF pg_relation_size(name) > {long} AND NOT EXISTS (SELECT FROM pg_constraint WHERE confrelid = name) THEN
            EXECUTE format('TRUNCATE %s', name);
        ELSIF is_filled THEN
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', name);
            EXECUTE format('DELETE FROM %s', name);
            deleted := deleted || name;
        END IF;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    FOREACH name IN ARRAY deleted LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', name);
    END LOOP;
END $$
"""


def empty_database() -> None:
    """Removes what tests have written; every guard is on again afterwards."""
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(_EMPTY.format(names=",".join(sorted(names - _ALWAYS_THERE)), long=_LONG))


@pytest.fixture(autouse=True, scope="session")
def _quick_emptying() -> Iterator[None]:
    """Tests with transactions of their own leave an empty database behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_database())
        yield
