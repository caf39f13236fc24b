"""Slack's channels, people and messages. A message's `ts` is its id within the channel."""

from collections.abc import Callable

from integrations_site.sandbox import names
from integrations_site.sandbox.data import Row, Shape
from integrations_site.sandbox.messages import natural

_TOPICS = (
    "general",
    "random",
    "finance",
    "invoices",
    "support",
    "shipping",
    "board",
    "people",
    "archive-2024",
    "events",
)
PRIVATE, ARCHIVED, NOT_A_MEMBER = {6, 7}, {8}, {9}
REPLIES = 2
_THREADED = 16
_TEXTS = (
    "Invoice %d is paid, thank you!",
    "Can somebody look at order %d? The customer is waiting <@%s>",
    "Shipment %d left the warehouse this morning :truck:",
    "Reminder: stock count number %d is on Friday",
    "Numbers for week %d are in the sheet; margins look fine & steady",
)


def channel_id(salt: str, index: int) -> str:
    """`C…`; private ones are `C…` too since conversations came."""
    return f"C{salt[:6].upper()}{index:04d}"


def user_id(salt: str, index: int) -> str:
    """`U…`"""
    return f"U{salt[:6].upper()}{index:06d}"


def ts_of(created: int, index: int) -> str:
    """Seconds, and six digits that make it unique within its channel."""
    return f"{created}.{index:06d}"


def _channel(row: Row) -> str:
    private, archived, member = row.index in PRIVATE, row.index in ARCHIVED, row.index not in NOT_A_MEMBER
    flags = {False: "false", True: "true"}
    return (
        f'{{"id":"{channel_id(row.salt, row.index)}","name":"{_TOPICS[row.index % len(_TOPICS)]}","is_channel":true,'
        f'"is_group":false,"is_im":false,"is_mpim":false,"created":{row.created},"creator":"{user_id(row.salt, 0)}",'
        f'"is_archived":{flags[archived]},"is_general":{flags[row.index == 0]},"is_private":{flags[private]},'
        f'"is_member":{flags[member and not archived]},"topic":{{"value":"Topic {row.revision}","creator":"",'
        f'"last_set":0}},"purpose":{{"value":"","creator":"","last_set":0}},"num_members":{row.number(40, 9) + 2}}}'
    )


def _user(row: Row) -> str:
    first, last = names.person(row)
    deleted = "true" if row.index % 23 == 22 else "false"
    return (
        f'{{"id":"{user_id(row.salt, row.index)}","name":"{first.lower()}{row.index}","deleted":{deleted},'
        f'"real_name":"{first} {last}","tz":"Europe/Berlin","profile":{{"real_name":"{first} {last}",'
        f'"display_name":"{first}","title":"Revision {row.revision}","email":"{names.email(first, last, row.index)}"}},'
        f'"is_admin":{"true" if row.index == 0 else "false"},"is_bot":false,"updated":{row.updated}}}'
    )


def is_thread(index: int) -> bool:
    """Whether the message has replies."""
    return index % _THREADED == _THREADED - 1


def _message(row: Row) -> str:
    author, text = user_id(row.salt, row.peer()), row.pick(_TEXTS, 7)
    values = (row.index, author) if "%s" in text else (row.index,)
    ts = ts_of(row.created, row.index)
    edited = f',"edited":{{"user":"{author}","ts":"{row.updated}.000000"}}' if row.revision else ""
    thread = ""
    if is_thread(row.index):
        latest = f"{row.created + REPLIES}.{row.index:06d}"
        thread = f',"thread_ts":"{ts}","reply_count":{REPLIES},"reply_users_count":1,"latest_reply":"{latest}"'
    written = (text % values).replace("&", "&amp;") + (f" (edited {row.revision})" if row.revision else "")
    return f'{{"type":"message","user":"{author}","text":"{written}","ts":"{ts}"{thread}{edited}}}'


def reply(row: Row, number: int) -> str:
    """An answer in the thread of a message; it never stands in the channel's history."""
    author, ts = user_id(row.salt, row.peer(11)), ts_of(row.created, row.index)
    return (
        f'{{"type":"message","user":"{author}","text":"Reply {number}","thread_ts":"{ts}","parent_user_id":'
        f'"{user_id(row.salt, row.peer())}","ts":"{row.created + number}.{row.index:06d}"}}'
    )


def _numbered(
    entity: str, render: Callable[[Row], str], identify: Callable[[str, int], str], most: int | None
) -> Shape:
    def index_of(salt: str, identifier: str) -> int | None:
        head = identify(salt, 0).rstrip("0")
        digits = identifier.removeprefix(head)
        index = natural(digits) if identifier.startswith(head) else None
        return index if index is not None and identify(salt, index) == identifier else None

    return Shape(entity, render, identify, index_of, most)


def _message_index(salt: str, ts: str) -> int | None:
    digits = ts.rpartition(".")[2]
    return natural(digits) if len(digits) == 6 else None


CHANNELS = _numbered("channels", _channel, channel_id, len(_TOPICS))
USERS = _numbered("users", _user, user_id, 100_000)
# A ts holds the time, which only the table knows: here it is told by its last six digits.
MESSAGES = Shape("messages", _message, lambda salt, index: f"{index:06d}", _message_index)
