"""The declarative connector against a vendor on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from catalog.definition import parse
from connections.sdk.accounts import Account
from connections.sdk.connector import ConnectorConfig
from connections.sdk.declarative import DeclarativeConnector, progress
from connections.sdk.errors import AnswerUnreadable, ProviderRejected
from connections.sdk.fetching import FetchRequest, Page
from connections.services.vendor_http import Pace, provider_http
from tests.connections.sources import HOST, INCREMENT, Answer, Source, entity, once, payment, provider_body, source


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Source]:
    with source() as found:
        settings.VENDOR_STAND_IN = found.url
        yield found


def connector(*entities: dict[str, Any], **more: Any) -> DeclarativeConnector:
    definition = parse(provider_body(*entities, **more))
    http = provider_http(definition, {"apiKey": "k"}, pace=Pace(sleep=lambda _: None))
    return DeclarativeConnector(ConnectorConfig(definition, {}, ""), http)


def read(found: DeclarativeConnector, **request: Any) -> list[Page]:
    return list(found.fetch(FetchRequest("payments", **request)))


def ids(pages: list[Page]) -> list[str]:
    return [record.external_id for page in pages for record in page.records]


@pytest.mark.parametrize("style", ["none", "cursor", "last", "offset", "capped", "page", "link"])
@pytest.mark.parametrize("count", [0, 1, 10, 25])
def test_every_paging_gives_each_record_once(vendor: Source, style: str, count: int) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(count)]
    assert ids(read(connector(entity(style=style)))) == [f"p{number:06}" for number in range(count)]


@pytest.mark.parametrize("style", ["cursor", "last", "offset", "capped", "page", "link"])
def test_a_fetch_goes_on_from_any_page(vendor: Source, style: str) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(25)]
    pages = read(connector(entity(style=style)))
    for index, page in enumerate(pages[:-1]):
        rest = read(connector(entity(style=style)), cursor=page.cursor)
        assert ids(pages[: index + 1]) + ids(rest) == ids(pages)


def test_a_vendors_link_holds_no_placeholders(vendor: Source) -> None:
    told = ["c={account.id}", "c={a:{settings.x}}", None]

    def page(path: str, query: dict[str, str]) -> Answer:
        following = told[len(vendor.requests) - 1]
        link = {"Link": f'<{vendor.url}{path}?{following}>; rel="next"'} if following else {}
        return 200, link, f'{{"data": [{{"id": "{len(vendor.requests)}"}}]}}'.encode()

    vendor.faults.append(page)
    assert ids(read(connector(entity(style="link")))) == ["1", "2", "3"]
    assert [query.get("c") for _, query in vendor.requests] == [None, "{account.id}", "{a:{settings.x}}"]


def test_bytes_pass_through_and_totals_are_told(vendor: Source) -> None:
    body = b'{"data": [{"id": 7,  "amount": 1.10, "big": 12345678901234567890123}], "count": 1}'
    vendor.lists["payments"] = []
    vendor.faults.append(lambda path, query: (200, {}, body))
    [page] = read(connector(entity(style="offset")))
    assert page.records[0].raw == b'{"id": 7,  "amount": 1.10, "big": 12345678901234567890123}'
    assert (page.records[0].external_id, page.total) == ("7", 1)


class TestPagingWithoutAnEnd:
    def test_a_cursor_that_comes_again(self, vendor: Source) -> None:
        seen = iter(range(1000))

        def circle(path: str, query: dict[str, str]) -> Any:
            number = next(seen)
            return 200, {}, b'{"data": [{"id": "%d"}], "next": "c%d"}' % (number, number % 7)

        vendor.faults.append(circle)
        with pytest.raises(ProviderRejected) as refused:
            read(connector(entity()))
        assert refused.value.code == "PAGING_REPEATS"
        assert len(vendor.requests) < 40

    @pytest.mark.parametrize("style", ["offset", "page", "capped"])
    def test_the_same_page_for_ever(self, vendor: Source, style: str) -> None:
        vendor.faults.append(lambda path, query: (200, {}, b'{"data": [{"id": "1"}], "count": 9, "pages": 9}'))
        with pytest.raises(ProviderRejected, match="same page"):
            read(connector(entity(style=style)))
        assert len(vendor.requests) < 10

    def test_new_records_for_ever(self, vendor: Source, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "MOST_PAGES", 50)
        numbers = iter(range(1000))
        vendor.faults.append(
            lambda path, query: (200, {}, b'{"data": [{"id": "%d"}], "next": "x%d"}' % ((n := next(numbers)), n))
        )
        with pytest.raises(ProviderRejected) as refused:
            read(connector(entity()))
        assert refused.value.code == "PAGING_ENDLESS"

    def test_a_page_told_twice_is_asked_for_again(self, vendor: Source) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(25)]
        first = vendor.answer("/x/cursor/payments", {"limit": "10"}, {})
        twice = once(lambda path, query: first if query.get("after") else None)
        vendor.faults.append(lambda path, query: twice(path, query) if query.get("after") else None)
        assert len(ids(read(connector(entity())))) == 25


class TestAnswersThatAreNone:
    @pytest.mark.parametrize("body", [b"<html>", b'{"data": {}}', b'{"data": [', b"[]", b'{"data": ["\xff"]'])
    def test_they_are_asked_for_again_and_then_an_error(self, vendor: Source, body: bytes) -> None:
        vendor.faults.append(lambda path, query: (200, {}, body))
        with pytest.raises(AnswerUnreadable):
            read(connector(entity()))
        assert len(vendor.requests) == 3

    def test_one_bad_answer_does_no_harm(self, vendor: Source) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(5)]
        vendor.faults.append(once(lambda path, query: (200, {}, b"<html>Bad gateway</html>")))
        assert len(ids(read(connector(entity())))) == 5


class TestIncrements:
    @pytest.mark.parametrize("placement", [{}, {"placement": "header", "parameter": "If-Modified-Since"}])
    def test_only_what_changed_is_read(self, vendor: Source, placement: dict[str, str]) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(25)]
        found = connector(entity(incremental={**INCREMENT, **placement}))
        watermark = read(found)[-1].watermark
        assert watermark == {"until": "2026-01-01T00:00:24+00:00"}
        vendor.lists["payments"][3]["updated"] = "2026-01-02T00:00:00Z"
        changed = read(found, since=watermark)
        assert ids(changed) == ["p000003", "p000024"]
        assert read(found, since=changed[-1].watermark)[-1].watermark == {"until": "2026-01-02T00:00:00+00:00"}

    def test_overlap_format_and_template(self, vendor: Source) -> None:
        vendor.lists["payments"] = []
        rules = INCREMENT | {"format": "unix", "overlapSeconds": 60, "template": "gte:{value}", "parameter": "changed"}
        read(connector(entity(incremental=rules)), since={"until": "2026-01-01T00:01:00+00:00"})
        assert vendor.requests[-1][1]["changed"] == "gte:1767225600"

    def test_the_watermark_is_never_after_the_beginning(self, vendor: Source) -> None:
        """What changes while it is read, behind the page where it stood, is read by the next increment."""
        vendor.lists["payments"] = [payment(1, updated="2099-01-01T00:00:00Z")]
        page = read(connector(entity(incremental=INCREMENT)))[-1]
        assert page.watermark is not None
        assert page.watermark["until"] < "2099"


class TestCheck:
    def test_account_and_health(self, vendor: Source) -> None:
        found = connector(
            entity(),
            health={"path": "/health", "okPath": "ok"},
            account={"path": "/me", "idPath": "id", "namePath": "name"},
        )
        assert found.check() == Account("acct_1", "Acme")
        assert [path for path, _ in vendor.requests] == [f"/{HOST}/v2/health", f"/{HOST}/v2/me"]

    def test_without_either_a_page_is_read(self, vendor: Source) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(25)]
        assert connector(entity()).check() is None
        assert len(vendor.requests) == 1


class TestSearch:
    @pytest.mark.parametrize(
        ("typed", "asked"),
        [
            ('x" OR name:"', "x or name"),
            ("a\\' OR Id != null --", "a or id null"),
            ("\uff02x\uff02 NOT (y) * $where:{}", "x not y where"),
            ("Müller & Söhne 24", "müller söhne 24"),
        ],
    )
    def test_what_is_typed_adds_nothing_to_a_statement(self, vendor: Source, typed: str, asked: str) -> None:
        rules = {"path": "/none/payments", "parameter": "q", "records": "data"}
        vendor.lists["payments"] = [payment(1)]
        templated = entity(search=rules | {"template": 'name:"{query}"'})
        [found] = connector(templated).search(typed, entities=[], limit=5)
        connector(entity(search=rules)).search(typed, entities=[], limit=5)
        assert [query["q"] for _, query in vendor.requests] == [f'name:"{asked}"', typed]
        assert found.external_id == "p000001"
