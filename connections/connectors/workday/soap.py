"""Get_Workers of Human_Resources: pages of one frozen moment, and what changed since another."""

from collections.abc import Iterator
from hashlib import blake2b
from xml.sax.saxutils import escape

import msgspec

from connections.connectors.workday.envelopes import Answer, read_answer, read_envelope
from connections.connectors.workday.moments import asked_at
from connections.connectors.workday.workers import as_record, managers_of
from connections.sdk.asking import readable
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Cursor, Page, Watermark
from connections.sdk.http import VendorHttp

VERSION = "v40.0"
_COUNT = 100
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:bsvc="urn:com.workday/bsvc">'
    "<env:Header/><env:Body>%s</env:Body></env:Envelope>"
)
_GROUP = (
    "<bsvc:Response_Group><bsvc:Include_Reference>1</bsvc:Include_Reference>"
    "<bsvc:Include_Personal_Information>1</bsvc:Include_Personal_Information>"
    "<bsvc:Include_Employment_Information>1</bsvc:Include_Employment_Information>"
    "<bsvc:Include_Organizations>1</bsvc:Include_Organizations></bsvc:Response_Group>"
)
_EVERYONE = "everyone"
# What was entered since, and what was entered before and takes effect since: either alone misses hires and endings.
_CHANGES = ("Updated", "Effective")
# Approvers are known once everybody was seen: then everybody is read again, and they are picked.
_SEEKING = "seeking"


class _Place(msgspec.Struct, omit_defaults=True):
    """Where a run is: which round it is in, the page, and the moment as of which everything is read."""

    round: str
    as_of: str
    page: int = 1
    managers: list[str] = []


class HumanResources:
    """The workers of a tenant. A watermark is `{"until": moment}`; approvers have none."""

    def __init__(self, http: VendorHttp, path: str) -> None:
        self._http, self._path = http, path

    def check(self) -> None:
        """Asks for Workday's time, which takes a good user and nothing else."""
        readable(
            self._http, lambda: read_envelope(self._sent(f'<bsvc:Server_Timestamp_Get bsvc:version="{VERSION}"/>'))
        )

    def pages(self, since: Watermark | None, cursor: Cursor | None, *, approvers: bool) -> Iterator[Page]:
        """The pages. Approvers are always read in full: who is none any more is missed by that alone."""
        since = None if approvers else since
        rounds = (_SEEKING, _EVERYONE) if approvers else _CHANGES if since else (_EVERYONE,)
        place = msgspec.convert(cursor, _Place) if cursor is not None else _Place(rounds[0], as_of=asked_at())
        while True:
            answer = self._workers(place, since)
            chosen = [worker for worker in answer.workers if not approvers or worker["workdayId"] in place.managers]
            records = [as_record(worker) for worker in chosen] if place.round != _SEEKING else []
            following = _after(place, answer, rounds)
            # Of approvers, and of two rounds of changes, the numbers of workers say nothing.
            total = answer.total if rounds == (_EVERYONE,) else None
            if following is None:
                yield Page(records, watermark=None if approvers else {"until": place.as_of}, total=total)
                return
            yield Page(records, cursor=msgspec.to_builtins(following), total=total)
            place = following

    def _workers(self, place: _Place, since: Watermark | None) -> Answer:
        content = (
            f'<bsvc:Get_Workers_Request bsvc:version="{VERSION}">{_criteria(place, since)}'
            f"<bsvc:Response_Filter><bsvc:As_Of_Effective_Date>{place.as_of[:10]}</bsvc:As_Of_Effective_Date>"
            f"<bsvc:As_Of_Entry_DateTime>{escape(place.as_of)}</bsvc:As_Of_Entry_DateTime>"
            f"<bsvc:Page>{place.page}</bsvc:Page><bsvc:Count>{_COUNT}</bsvc:Count></bsvc:Response_Filter>"
            f"{_GROUP}</bsvc:Get_Workers_Request>"
        )
        return readable(self._http, lambda: _page(self._sent(content), place.page))

    def _sent(self, content: str) -> bytes:
        """What came. Reading does no harm twice: the key says so to the way there, and nothing to Workday."""
        body = (_ENVELOPE % content).encode()
        key = blake2b(body, digest_size=16).hexdigest()
        headers = {"Content-Type": "text/xml; charset=utf-8", "Idempotency-Key": key}
        return self._http.request("POST", self._path, headers=headers, body=body).body


def _page(body: bytes, number: int) -> Answer:
    """A page of workers. Raises AnswerUnreadable where it is empty though Workday says that there is more."""
    answer = read_answer(body)
    if not answer.workers and (number < answer.pages or (answer.total or 0) > (number - 1) * _COUNT):
        raise AnswerUnreadable("Workday's page is empty though it says that there are more workers", code="NO_END")
    return answer


def _criteria(place: _Place, since: Watermark | None) -> str:
    """The transaction log's filter, for the rounds that ask for changes."""
    if since is None or place.round not in _CHANGES:
        return ""
    start = escape(str(since["until"]))
    return (
        "<bsvc:Request_Criteria><bsvc:Transaction_Log_Criteria_Data><bsvc:Transaction_Date_Range_Data>"
        f"<bsvc:{place.round}_From>{start}</bsvc:{place.round}_From>"
        f"<bsvc:{place.round}_Through>{escape(place.as_of)}</bsvc:{place.round}_Through>"
        "</bsvc:Transaction_Date_Range_Data></bsvc:Transaction_Log_Criteria_Data></bsvc:Request_Criteria>"
    )


def _after(place: _Place, answer: Answer, rounds: tuple[str, ...]) -> _Place | None:
    """The place after a page; None after the last of the last round."""
    managers = place.managers
    if place.round == _SEEKING:
        managers = sorted({*managers, *managers_of(answer.workers)})
    if place.page < answer.pages:
        return msgspec.structs.replace(place, page=place.page + 1, managers=managers)
    number = rounds.index(place.round) + 1
    return _Place(rounds[number], as_of=place.as_of, managers=managers) if number < len(rounds) else None
