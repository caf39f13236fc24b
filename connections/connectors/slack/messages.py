"""Messages: https://docs.slack.dev/reference/methods/conversations.history and conversations.replies"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from catalog.definition import CursorPaging, Entity
from connections.sdk.asking import readable
from connections.sdk.declarative.answers import Answer, decoded
from connections.sdk.declarative.listing import Listing
from connections.sdk.errors import AnswerUnreadable, ProviderRejected
from connections.sdk.fetching import Cursor, Page, RawRecord, Watermark
from connections.sdk.http import VendorHttp
from connections.sdk.raw import with_members

_logger = logging.getLogger(__name__)
_REPLIES = "/conversations.replies"
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{6}")
# About one channel or thread: the others can still be read.
_SKIPPED = {"not_in_channel", "channel_not_found", "is_archived", "thread_not_found"}
_DEFAULT_SIZE = "200"


class _Place(msgspec.Struct, omit_defaults=True):
    """Where a run is: the channels that are left (the first is being read), and what is left of that one.

    `threads` are those of the history's last page, whose answers come before its next page; `latest` tells the newest
    message of each channel.
    """

    channels: list[str]
    history: str = ""
    has_ended: bool = False
    threads: list[str] = []
    replies: str = ""
    latest: dict[str, str] = {}


class Messages:
    """The messages of all channels. A watermark is the newest `ts` that was read, by channel.

    An increment holds what was written in a channel since, and the answers in threads that began since. An answer in an
    older thread, an edit and a deletion are in no list of Slack's that could be asked for news: full runs bring those.
    """

    def __init__(self, http: VendorHttp, entity: Entity, channels: Entity, since: Mapping[str, str]) -> None:
        self._http, self._entity, self._channels, self._since = http, entity, channels, since
        paging = entity.paging
        self._size = str(paging.size) if isinstance(paging, CursorPaging) and paging.size else _DEFAULT_SIZE

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """The pages from the cursor on; each is one request."""
        place = msgspec.convert(cursor, _Place) if cursor is not None else _Place(self._readable())
        if not place.channels:
            yield Page((), watermark=dict(self._since))
        while place.channels:
            records, place = self._step(place)
            is_last = not place.channels
            yield Page(
                records,
                cursor=None if is_last else msgspec.to_builtins(place),
                watermark=self._watermark(place) if is_last else None,
            )

    def _readable(self) -> list[str]:
        """The channels whose messages may be there to read: the app's own, and those that were archived."""
        found = []
        for page in Listing(self._http, self._channels, None).pages(None):
            for record in page.records:
                told = _object(record.raw)
                if told.get("is_member") or told.get("is_archived"):
                    found.append(record.external_id)
        return found

    def _watermark(self, place: _Place) -> Watermark:
        return {**self._since, **place.latest}

    def _step(self, place: _Place) -> tuple[list[RawRecord], _Place]:
        """One page of answers, or of the history, and the place after it."""
        try:
            return self._answers(place) if place.threads else self._history(place)
        except ProviderRejected as error:
            if error.code not in _SKIPPED:
                raise
            _logger.warning("Slack: %s of channel %s is left out: %s", *_what(place), error.code)
            return [], _after_thread(place) if place.threads else _next_channel(place)

    def _history(self, place: _Place) -> tuple[list[RawRecord], _Place]:
        channel = place.channels[0]
        query = {"channel": channel, "limit": self._size}
        query |= {"oldest": self._since[channel]} if channel in self._since else {}
        query |= {"cursor": place.history} if place.history else {}
        messages, following = self._ask(self._entity.path, query)
        latest = max([str(one["ts"]) for one in messages if _has_ts(one)], key=_moment, default="")
        known = place.latest.get(channel, "")
        newest = max(latest, known, key=_moment)
        reached = msgspec.structs.replace(
            place,
            history=following,
            has_ended=not following,
            threads=[str(one["ts"]) for one in messages if one.get("reply_count") and _has_ts(one)],
            latest={**place.latest, channel: newest} if newest else place.latest,
        )
        records = [_record(channel, one) for one in messages]
        return records, reached if reached.threads else _after_history(reached)

    def _answers(self, place: _Place) -> tuple[list[RawRecord], _Place]:
        channel, thread = place.channels[0], place.threads[0]
        query = {"channel": channel, "ts": thread, "limit": self._size}
        query |= {"cursor": place.replies} if place.replies else {}
        messages, following = self._ask(_REPLIES, query)
        # Every page begins with the message that the thread hangs on.
        records = [_record(channel, one) for one in messages if one.get("ts") != thread]
        if following:
            return records, msgspec.structs.replace(place, replies=following)
        return records, _after_thread(place)

    def _ask(self, path: str, query: Mapping[str, str]) -> tuple[Sequence[dict[str, Any]], str]:
        """The messages of a page, and the cursor of the next ("" after the last)."""
        return readable(lambda: self._asked(path, query))

    def _asked(self, path: str, query: Mapping[str, str]) -> tuple[Sequence[dict[str, Any]], str]:
        answer = Answer(self._http.request("GET", path, query=query), self._entity.records)
        return [_object(raw) for raw in answer.records], str(answer.outside("response_metadata.next_cursor") or "")


def _after_thread(place: _Place) -> _Place:
    """The next thread, or what comes after the last."""
    left = msgspec.structs.replace(place, threads=place.threads[1:], replies="")
    return left if left.threads else _after_history(left)


def _after_history(place: _Place) -> _Place:
    return _next_channel(place) if place.has_ended else place


def _next_channel(place: _Place) -> _Place:
    return _Place(place.channels[1:], latest=place.latest)


def _record(channel: str, message: dict[str, Any]) -> RawRecord:
    """A message. Its `ts` is an id within its channel, and a text: as a number it would lose digits."""
    id = f"{channel}:{message['ts']}" if _has_ts(message) else ""
    return RawRecord(id, with_members(msgspec.json.encode(message), {"id": id, "channel": channel}))


def _object(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    found = decoded(raw)
    if not isinstance(found, dict):
        raise AnswerUnreadable("Slack's answer holds something else than objects")
    return found


def _has_ts(message: Mapping[str, Any]) -> bool:
    return isinstance(message.get("ts"), str) and bool(_TS.fullmatch(message["ts"]))


def _moment(ts: str) -> tuple[int, str]:
    seconds, _, digits = ts.partition(".")
    return int(seconds or 0), digits


def _what(place: _Place) -> tuple[str, str]:
    return (f"thread {place.threads[0]}" if place.threads else "the history"), place.channels[0]
