"""Messages: https://docs.slack.dev/reference/methods/conversations.history and conversations.replies"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from catalog.definition import CursorPaging, Entity
from connections.sdk.asking import readable
from connections.sdk.declarative.answers import Answer, decoded
from connections.sdk.declarative.listing import Listing
from connections.sdk.declarative.progress import bounded
from connections.sdk.errors import AnswerUnreadable, ProviderRejected
from connections.sdk.fetching import Cursor, Page, RawRecord, Watermark
from connections.sdk.http import VendorHttp
from connections.sdk.raw import with_members

_REPLIES = "/conversations.replies"
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{6}")
# About one channel or thread: the others can still be read. What people are told of it.
_SKIPPED = {
    "not_in_channel": "the app is not a member of it; invite the app to it in Slack",
    "channel_not_found": "Slack does not find it, or does not show it to the app",
    "is_archived": "Slack does not show it since it is archived",
}
_NO_THREAD, _BROADCAST = "thread_not_found", "thread_broadcast"
_OF_PRIVATE_ONES = "the app may not read private channels; connect again and allow it (groups:history)"
# There may be so many: each answer to a thread and each channel takes a request of its own.
_MOST_PAGES = 1_000_000
_DEFAULT_SIZE = "200"


class _Place(msgspec.Struct, omit_defaults=True):
    """Where a run is: the channels that are left (the first is being read), and what is left of that one.

    Before `is_listed` channels are looked for, from `listing` on; `outside` is the number of those that are not read,
    and `private` are those that need a permission of their own. `threads` are those of the history's last page, whose
    answers come before its next page; `latest` tells the newest message of each channel.
    """

    channels: list[str] = []
    is_listed: bool = False
    listing: Any = None
    outside: int = 0
    private: list[str] = []
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
        """The pages from the cursor on; each is one request. Raises VendorError."""
        return bounded(self._pages, cursor, most=_MOST_PAGES)

    def _pages(self, cursor: Cursor | None) -> Iterator[Page]:
        place, is_last = msgspec.convert(cursor, _Place) if cursor is not None else _Place(), False
        while not is_last:
            page, place = self._step(place)
            is_last = place.is_listed and not place.channels
            yield replace(
                page,
                cursor=None if is_last else msgspec.to_builtins(place),
                watermark=self._watermark(place) if is_last else None,
            )

    def _listed(self, place: _Place) -> tuple[Page, _Place]:
        """The place after a page of channels: those to read are the app's own, and those that were archived."""
        page = next(Listing(self._http, self._channels, None).pages(place.listing))
        told = [(record.external_id, _object(record.raw)) for record in page.records]
        chosen = {id: one for id, one in told if one.get("is_member") or one.get("is_archived")}
        outside = [_beginning(id) for id, _ in told if id not in chosen]
        reached = msgspec.structs.replace(
            place,
            channels=[*place.channels, *chosen],
            private=[*place.private, *(id for id, one in chosen.items() if one.get("is_private"))],
            outside=place.outside + len(outside),
            listing=page.cursor,
            is_listed=page.cursor is None,
        )
        notice = (
            f"Channels whose messages are not read: {reached.outside}, because the app is not a member of them; "
            "invite it to those that are wanted"
        )
        is_told = reached.is_listed and reached.outside
        return Page([], kept_back=outside, notices=[notice] if is_told else []), reached

    def _watermark(self, place: _Place) -> Watermark:
        return {**self._since, **place.latest}

    def _step(self, place: _Place) -> tuple[Page, _Place]:
        """One page of channels, of answers, or of a history, and the place after it."""
        if not place.is_listed:
            return self._listed(place)
        try:
            records, reached = self._answers(place) if place.threads else self._history(place)
        except ProviderRejected as error:
            return self._left_out(place, error)
        return Page(records), reached

    def _left_out(self, place: _Place, error: ProviderRejected) -> tuple[Page, _Place]:
        """What could not be read: a thread that is gone, or a whole channel, of which nothing is known to be gone.

        A channel's newest messages come first, so that nothing says up to where one was read that ended early.
        """
        channel = place.channels[0]
        if error.code == _NO_THREAD and place.threads:
            notice = f"Thread {place.threads[0]} of channel {channel} is left out: Slack does not find it any more"
            return Page([], notices=[notice]), _after_thread(place)
        why = _SKIPPED.get(error.code)
        if error.code == "missing_scope" and channel in place.private:
            why = _OF_PRIVATE_ONES
        if why is None:
            raise error
        latest = {id: newest for id, newest in place.latest.items() if id != channel}
        following = _next_channel(msgspec.structs.replace(place, latest=latest))
        return Page([], kept_back=[_beginning(channel)], notices=[f"Channel {channel} is left out: {why}"]), following

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
        # Every page begins with the message that the thread hangs on; the history has what was sent to the channel too.
        answers = [one for one in messages if one.get("ts") != thread and one.get("subtype") != _BROADCAST]
        records = [_record(channel, one) for one in answers]
        if following:
            return records, msgspec.structs.replace(place, replies=following)
        return records, _after_thread(place)

    def _ask(self, path: str, query: Mapping[str, str]) -> tuple[Sequence[dict[str, Any]], str]:
        """The messages of a page, and the cursor of the next ("" after the last)."""
        return readable(self._http, lambda: self._asked(path, query))

    def _asked(self, path: str, query: Mapping[str, str]) -> tuple[Sequence[dict[str, Any]], str]:
        answer = Answer(self._http.request("GET", path, query=query), self._entity.records)
        following = str(answer.outside("response_metadata.next_cursor") or "")
        if answer.outside("has_more") is True and not following:
            raise AnswerUnreadable("Slack says that there are more messages, and not where", code="NO_END")
        return [_object(raw) for raw in answer.records], following


def _after_thread(place: _Place) -> _Place:
    """The next thread, or what comes after the last."""
    left = msgspec.structs.replace(place, threads=place.threads[1:], replies="")
    return left if left.threads else _after_history(left)


def _after_history(place: _Place) -> _Place:
    return _next_channel(place) if place.has_ended else place


def _next_channel(place: _Place) -> _Place:
    return _Place(place.channels[1:], is_listed=True, private=place.private, latest=place.latest)


def _record(channel: str, message: dict[str, Any]) -> RawRecord:
    """A message. Its `ts` is an id within its channel, and a text: as a number it would lose digits."""
    id = f"{_beginning(channel)}{message['ts']}" if _has_ts(message) else ""
    return RawRecord(id, with_members(msgspec.json.encode(message), {"id": id, "channel": channel}))


def _beginning(channel: str) -> str:
    """What the ids of its messages begin with."""
    return f"{channel}:"


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
