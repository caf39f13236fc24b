"""Slack's pages: a cursor that is "" at the end; history newest first, bounded by ts."""

import base64
import binascii
from bisect import bisect_left
from collections.abc import Sequence

from integrations_site.sandbox.data import Table
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json, natural
from integrations_site.sandbox.paging import Pages

_MOST = 1000
_LARGE = 1000
_PREFIX = "next:"


def failed(error: str, **more: object) -> Response:
    """Slack's failures: 200, `ok` false and a word."""
    return as_json({"ok": False, "error": error, **more})


def arguments(request: Request) -> dict[str, str]:
    """Query and form together; JSON where the body is that."""
    if request.headers.get("content-type", "").startswith("application/json"):
        told = request.json()
        if not isinstance(told, dict):
            raise Refusal(failed("json_not_object"))
        return request.query | {name: str(value) for name, value in told.items()}
    return request.query | request.form()


def cursor_of(index: int) -> str:
    """The cursor to a record."""
    return base64.b64encode(f"{_PREFIX}{index}".encode()).decode()


def index_of(cursor: str) -> int:
    """The record that a cursor leads to. Raises Refusal with invalid_cursor."""
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix(_PREFIX))
    except (binascii.Error, ValueError):
        raise Refusal(failed("invalid_cursor")) from None


def limit_of(given: dict[str, str], default: int) -> int:
    """1 to 1000. Raises Refusal with invalid_limit."""
    limit = natural(given.get("limit") or str(default))
    if not limit:
        raise Refusal(failed("invalid_limit"))
    return min(limit, _MOST)


def list_page(
    request: Request, given: dict[str, str], *, name: str, table: Table, sequence: Sequence[int], pages: Pages
) -> Response:
    """A page of people or channels, oldest first."""
    if "limit" not in given and len(sequence) > _LARGE:
        raise Refusal(failed("limit_required"))
    limit = limit_of(given, _MOST)
    first = bisect_left(sequence, index_of(given["cursor"])) if given.get("cursor") else 0
    page = pages.joined(request, table, sequence, first, limit)
    following = cursor_of(sequence[first + limit]) if first + limit < len(sequence) else ""
    told = b'{"ok":true,"%b":[%b],"cache_ts":0,"response_metadata":{"next_cursor":"%b"}}'
    return Response(200, told % (name.encode(), page, following.encode()))


def history_page(
    request: Request, given: dict[str, str], *, table: Table, pages: Pages, most: int | None = None
) -> Response:
    """A page of a channel, newest first. Neither bound belongs to it, unless `inclusive`."""
    ascending = _bounded(table, given)
    limit = min(limit_of(given, 100), most or _MOST)
    last = len(ascending)
    if given.get("cursor"):
        last = bisect_left(ascending, index_of(given["cursor"]) + 1)
    first = max(last - limit, 0)
    page = pages.joined(request, table, ascending[first:last][::-1], 0, limit)
    following = cursor_of(ascending[first - 1]) if first else ""
    told = b'{"ok":true,"messages":[%b],"has_more":%b,"pin_count":0,"response_metadata":{"next_cursor":"%b"}}'
    return Response(200, told % (page, b"true" if first else b"false", following.encode()))


def _bounded(table: Table, given: dict[str, str]) -> Sequence[int]:
    live = table.live()
    inclusive = given.get("inclusive", "").lower() in ("1", "true")
    first, last = 0, len(live)

    def moment(index: int) -> tuple[int, int]:
        return table.created(index), index

    if given.get("oldest"):
        seconds, digits = parse_ts(given["oldest"], "invalid_ts_oldest")
        first = bisect_left(live, (seconds, digits if inclusive else digits + 1), key=moment)
    if given.get("latest"):
        seconds, digits = parse_ts(given["latest"], "invalid_ts_latest")
        last = bisect_left(live, (seconds, digits + 1 if inclusive else digits), key=moment)
    return live[first:last]


def parse_ts(text: str, error: str) -> tuple[int, int]:
    """Seconds and the digits after the point. Raises Refusal."""
    whole, _, fraction = text.partition(".")
    seconds, digits = natural(whole), natural(fraction.ljust(6, "0")[:6])
    if seconds is None or digits is None:
        raise Refusal(failed(error))
    return seconds, digits
