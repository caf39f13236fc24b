"""Where a list ends: where the vendor says so, and never where an answer merely lacks what it promises."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from connections.sdk.errors import AnswerUnreadable, ProviderRejected
from tests.connections.declarative.test_connector import connector, ids, read
from tests.connections.sources import INCREMENT, Source, entity, payment, source


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Source]:
    with source() as found:
        settings.VENDOR_STAND_IN = found.url
        found.lists["payments"] = [payment(number) for number in range(25)]
        yield found


def says(vendor: Source, body: bytes, *, status: int = 200, after: int = 0, **headers: str) -> None:
    """The vendor gives that answer to every request but the first so many."""
    vendor.faults.append(lambda path, query: (status, headers, body) if len(vendor.requests) > after else None)


@pytest.mark.parametrize(
    ("style", "after"),
    [("none", 0), *itertools.product(["cursor", "last", "offset", "capped", "page", "link"], [0, 1])],
)
@pytest.mark.parametrize("body", [b"{}", b'{"data": null, "count": 25, "pages": 3, "has_more": false}', b"null", b""])
def test_an_answer_without_its_list_ends_nothing(vendor: Source, style: str, body: bytes, after: int) -> None:
    says(vendor, body, after=after)
    with pytest.raises(AnswerUnreadable):
        read(connector(entity(style=style)))
    assert len(vendor.requests) == after + 3


@pytest.mark.parametrize("body", [b"{}", b'{"data": null}', b""])
def test_a_list_that_may_be_left_out_is_empty_then(vendor: Source, body: bytes) -> None:
    says(vendor, body)
    [page] = read(connector(entity(recordsOptional=True)))
    assert (ids([page]), page.cursor) == ([], None)


@pytest.mark.parametrize("style", ["last", "offset", "page"])
def test_nothing_at_all_is_no_page_where_more_was_promised(vendor: Source, style: str) -> None:
    says(vendor, b"", after=1)
    with pytest.raises(AnswerUnreadable):
        read(connector(entity(style=style, recordsOptional=True)))


def test_nothing_at_all_is_the_end_where_only_an_empty_page_could_be(vendor: Source) -> None:
    says(vendor, b"", status=204, after=1)
    assert len(ids(read(connector(entity(style="capped", recordsOptional=True))))) == 7


@pytest.mark.parametrize(
    ("style", "body"),
    [
        ("offset", b'{"data": [], "count": 25}'),
        ("offset", b'{"data": [{"id": "x"}]}'),
        ("offset", b'{"data": [{"id": "x"}], "count": null}'),
        ("page", b'{"data": [], "count": 25, "pages": 3}'),
        ("page", b'{"data": [{"id": "x"}], "count": 25}'),
        ("page", b'{"data": [{"id": "x"}], "count": 25, "pages": "many"}'),
        ("last", b'{"data": [], "has_more": true}'),
        ("last", b'{"data": [{"id": "x"}]}'),
        ("last", b'{"data": [{"name": "without an id"}], "has_more": true}'),
        ("cursor", b'{"data": [{"id": "x"}], "next": {"page": 2}}'),
        ("more", b'{"data": [{"id": "x"}], "has_more": true}'),
        ("more", b'{"data": [{"id": "x"}], "has_more": true, "next": ""}'),
        ("total", b'{"data": [], "count": 25}'),
    ],
)
@pytest.mark.parametrize("after", [0, 1])
def test_an_answer_that_speaks_against_itself_ends_nothing(vendor: Source, style: str, body: bytes, after: int) -> None:
    says(vendor, body, after=after)
    with pytest.raises(AnswerUnreadable):
        read(connector(described(style)))
    assert len(vendor.requests) == after + 3


def test_a_last_page_may_say_null_or_no(vendor: Source) -> None:
    for told in (b"null", b"false", b"0", b'"false"'):
        vendor.faults.clear()
        says(vendor, b'{"data": [{"id": "x"}], "has_more": %b}' % told)
        assert ids(read(connector(described("last")))) == ["x"]


def test_what_an_empty_page_says_of_nothing_is_believed(vendor: Source) -> None:
    vendor.lists["payments"] = []
    for style in ("offset", "page", "total", "last", "more"):
        [page] = read(connector(described(style)))
        assert (ids([page]), page.total) == ([], 0 if style in {"offset", "page", "total"} else None)


def test_totals_are_those_of_the_vendor_on_every_page(vendor: Source) -> None:
    for style, total in {"offset": 25, "page": 25, "total": 25, "capped": None, "cursor": None, "link": None}.items():
        assert {page.total for page in read(connector(described(style)))} == {total}


def test_not_modified_answers_a_question_for_news_alone(vendor: Source) -> None:
    found = connector(entity(incremental=INCREMENT))
    since = {"until": "2026-01-01T00:00:00+00:00"}
    says(vendor, b"", status=304)
    [page] = read(found, since=since)
    assert (ids([page]), page.watermark) == ([], since)
    with pytest.raises(AnswerUnreadable):
        read(found)
    vendor.faults.clear()
    vendor.requests.clear()
    says(vendor, b"", status=304, after=1)
    with pytest.raises(AnswerUnreadable):
        read(found, since=since)


class TestLinks:
    @pytest.mark.parametrize(
        "link", ["?p={}&limit=10", "payments?p={}&limit=10", "../link/payments?p={}", "/v2/link/payments?p={}"]
    )
    def test_a_relative_one_is_of_the_address_that_was_asked(self, vendor: Source, link: str) -> None:
        vendor.faults.append(lambda path, query: relative(vendor, path, query, link))
        assert ids(read(connector(entity(style="link")))) == [f"p{number:06}" for number in range(25)]

    @pytest.mark.parametrize("link", ["https://elsewhere.example/next", "//elsewhere.example/next", "http:\\\\x"])
    def test_one_that_leads_to_another_host_is_refused(self, vendor: Source, link: str) -> None:
        says(vendor, b'{"data": [{"id": "x"}]}', Link=f'<{link}>; rel="next"')
        with pytest.raises(ProviderRejected, match="leads away"):
            read(connector(entity(style="link")))
        assert len(vendor.requests) == 1

    def test_no_key_of_the_address_is_in_a_cursor(self, vendor: Source) -> None:
        vendor.faults.append(lambda path, query: relative(vendor, path, query, "?p={}"))
        pages = read(connector(entity(style="link"), auth={"placement": "query", "name": "key"}))
        assert {query["key"] for _, query in vendor.requests} == {"k"}
        assert not any("key" in str(page.cursor) for page in pages)


def described(style: str) -> dict[str, Any]:
    """A data type with one more way of paging, or two."""
    more = {
        "more": {"type": "cursor", "parameter": "after", "cursorPath": "next", "morePath": "has_more"},
        "total": {"type": "page", "parameter": "page", "totalPath": "count"},
    }
    if style not in more:
        return entity(style=style)
    return entity(style="cursor" if style == "more" else "page", paging=more[style])


def relative(vendor: Source, path: str, query: dict[str, str], link: str) -> tuple[int, dict[str, str], bytes]:
    """The page as it is, with a relative link to the next."""
    number = int(query.get("p", 1))
    page = b",".join(
        b'{"id": "%b"}' % each["id"].encode() for each in vendor.lists["payments"][number * 10 - 10 :][:10]
    )
    headers = {"Link": f"<{link.format(number + 1)}>; rel=next"} if number < 3 else {}
    return 200, headers, b'{"data": [%b]}' % page
