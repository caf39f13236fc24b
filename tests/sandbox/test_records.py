"""Tables of records against a plain list that is treated the same way."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from integrations_site.sandbox.clock import Clock
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.messages import Request
from integrations_site.sandbox.paging import PageCache, Pages
from integrations_site.sandbox.vendors.stripe.shapes import SHAPES

ACTS = st.lists(st.tuples(st.sampled_from(["add", "change", "delete"]), st.integers(0, 40)), max_size=25)


def _table(size: int, seed: str = "s") -> Table:
    return Table(SHAPES["customers"], account="a", seed=seed, size=size, clock=Clock())


@given(size=st.integers(0, 12), acts=ACTS)
def test_a_table_is_what_a_list_would_be(size: int, acts: list[tuple[str, int]]) -> None:
    table, live, by_update, names = _table(size), list(range(size)), list(range(size)), dict[int, str]()
    for name, number in acts:
        if name == "add":
            [done] = table.add(1, {})
            live.append(done.index)
            by_update.append(done.index)
        elif live:
            index = live[number % len(live)]
            by_update.remove(index)
            if name == "change":
                names[index] = f"name {number}"
                table.change([index], {"name": names[index]})
                by_update.append(index)
            else:
                table.delete([index])
                live.remove(index)
    assert list(table.live()) == live
    assert list(table.newest()) == live[::-1]
    assert list(table.by_update()) == by_update
    records: dict[int, Any] = {index: msgspec.json.decode(table.record(index)) for index in live}
    assert {index: records[index]["name"] for index in names if index in records} == {
        index: name for index, name in names.items() if index in records
    }
    assert [table.index_of(record["id"]) for record in records.values()] == live


def test_a_record_depends_on_its_place_alone() -> None:
    one, same, other = _table(50), _table(50), _table(50, seed="t")
    assert one.records(range(50)) == same.records(range(50))
    assert one.record(7) != other.record(7)
    one.add(3, {})
    assert one.record(7) == same.record(7)


def test_pages_are_rendered_once_until_something_changes() -> None:
    table, pages = _table(30), Pages()
    request = Request("GET", "/x", [], {}, b"", "")
    first = pages.joined(request, table, table.live(), 0, 10)
    assert pages.joined(request, table, table.live(), 0, 10) is first
    table.change([3], {})
    assert pages.joined(request, table, table.live(), 0, 10) != first
    assert pages.joined(request, table, table.live(), 30, 10) == b""


def test_the_cache_holds_no_more_than_it_may() -> None:
    cache = PageCache(most_bytes=100)
    for number in range(10):
        cache.put(number, b"x" * 30)
    assert [number for number in range(10) if cache.get(number)] == [7, 8, 9]
    cache.put(9, b"y" * 90)
    assert cache.get(9) == b"y" * 90
    assert cache.get(8) is None
