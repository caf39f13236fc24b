"""Reading the list of one data type, page by page."""

from collections.abc import Iterator, Sequence

import msgspec

from catalog.definition import Entity
from connections.sdk.asking import ATTEMPTS
from connections.sdk.declarative.answers import Answer, id_reader, identified
from connections.sdk.declarative.increments import Increments, clock_of
from connections.sdk.declarative.paging import Position, pager_of
from connections.sdk.declarative.progress import Progress, fingerprint, repeated_page
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Cursor, Page, RawRecord, Watermark
from connections.sdk.http import VendorHttp, VendorResponse
from connections.sdk.texts import filled


class Listing:
    """The list of one data type, of everything or of what changed since a watermark."""

    def __init__(self, http: VendorHttp, entity: Entity, since: Watermark | None) -> None:
        self._http, self._entity = http, entity
        self._pager, self._read_id = pager_of(entity.paging), id_reader(entity.id)
        self._asks_for_news = bool(entity.incremental and since)
        self._increments = Increments(http, entity.incremental, since) if entity.incremental else None

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """The pages from the cursor on."""
        progress = msgspec.convert(cursor, Progress) if cursor is not None else Progress()
        while True:
            answer, position, content, progress = self._read(progress)
            records = identified(answer.records, self._read_id)
            progress = self._with_latest(progress, records)
            following = progress.moved(position, content=content) if position is not None else None
            yield self._page(records, answer, progress, following)
            if following is None:
                return
            progress = following

    def _page(
        self, records: Sequence[RawRecord], answer: Answer, progress: Progress, following: Progress | None
    ) -> Page:
        is_last, increments = following is None, self._increments
        return Page(
            records=records,
            cursor=None if is_last else msgspec.to_builtins(following),
            watermark=increments.watermark(progress.high, progress.began) if is_last and increments else None,
            total=self._pager.total(answer),
        )

    def _with_latest(self, progress: Progress, records: Sequence[RawRecord]) -> Progress:
        if self._increments is None:
            return progress
        return msgspec.structs.replace(progress, high=self._increments.latest(records, progress.high))

    def _read(self, progress: Progress) -> tuple[Answer, Position | None, str, Progress]:
        """A page, where the next is, the hash of what it holds, and the progress with when the fetch began.

        One that cannot be read, or is the one before once more, is asked for again before that counts.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._request(progress)
                answer = Answer(response, self._entity.records, is_optional=self._entity.records_optional)
                position = self._following(progress, answer)
            except AnswerUnreadable:
                if attempt == ATTEMPTS:
                    raise
                self._http.pause(attempt)
                continue
            content = fingerprint(*answer.records)
            if not answer.records or content != progress.content:
                return answer, position, content, _begun(progress, response)
        raise repeated_page()

    def _following(self, progress: Progress, answer: Answer) -> Position | None:
        """Where the next page is; None after the last. Not modified (304) may only be what was asked for news."""
        if answer.is_unmodified and (progress.pages or not self._asks_for_news):
            raise AnswerUnreadable("The vendor says that nothing is modified, which was not the question", status=304)
        # Nothing at all may be the whole list; on a later page the paging knows whether more was promised.
        return self._pager.following(progress.position, answer) if answer.has_content or progress.pages else None

    def _request(self, progress: Progress) -> VendorResponse:
        entity = self._entity
        headers = filled(self._http, entity.headers) | (self._increments.headers() if self._increments else {})
        if address := self._pager.address(progress.position):
            return self._http.request(entity.method, address, headers=headers)
        increment = self._increments.query() if self._increments else {}
        query = {**filled(self._http, entity.query), **increment, **self._pager.query(progress.position)}
        if entity.method == "POST":
            return self._http.request("POST", entity.path, headers=headers, json=query)
        return self._http.request("GET", entity.path, headers=headers, query=query)


def _begun(progress: Progress, response: VendorResponse) -> Progress:
    return progress if progress.began else msgspec.structs.replace(progress, began=clock_of(response))
