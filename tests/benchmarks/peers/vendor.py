"""A vendor with two lists of any length, for both sides of a comparison: `vendor.py` prints its port and then serves.

    /{count}-{changed}-{delay}/payments?limit=100&starting_after=…    as Stripe pages: by the last record's id
    /{count}-{changed}-{delay}/invoices?limit=1000&offset=…           as QuickBooks: by position

It has `count` records; `changed` of them, spread over the list, are different and carry a later time of change. With
`since` only those are listed. `delay` are milliseconds before each answer. What it sends depends on the address alone.
It does as little as possible, for it shares the machine with what is measured.
"""

import re
import socket
import sys
import threading
import time
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

_REQUEST = re.compile(rb"GET (\S+) HTTP")
_EPOCH = 1_790_000_000
_PAYMENT = (
    b'{"id":"pi_%024d","object":"payment_intent","amount":%d,"amount_capturable":0,"amount_received":%d,'
    b'"capture_method":"automatic","client_secret":"pi_%024d_secret_x7Yq",'
    b'"confirmation_method":"automatic","created":%d,"currency":"usd","customer":"cus_%014d",'
    b'"description":"Subscription update %d for Contoso Retail","invoice":null,"last_payment_error":null,'
    b'"latest_charge":"ch_%024d","livemode":true,"metadata":{"order":"%d","channel":"web"},"next_action":null,'
    b'"on_behalf_of":null,"payment_method":"pm_%024d","payment_method_types":["card"],"processing":null,'
    b'"receipt_email":"person%d@contoso.example","setup_future_usage":null,"shipping":null,'
    b'"statement_descriptor":null,"status":"succeeded","transfer_data":null,"transfer_group":null,"updated":%d}'
)
_INVOICE = (
    b'{"Id":"%d","DocNumber":"INV-%06d","TxnDate":"2026-%02d-%02d","TotalAmt":%d.50,'
    b'"CustomerRef":{"value":"%d","name":"Northwind %d"},"CurrencyRef":{"value":"EUR"},'
    b'"MetaData":{"LastUpdatedTime":"%s"}}'
)
_LATER = b"2026-11-20T08:00:00Z"


class _Lists:
    """What there is under one address."""

    def __init__(self, count: int, changed: int) -> None:
        self._count, self._every = count, count // changed if changed else 0
        self._changed = changed

    def positions(self, since: str) -> Sequence[int]:
        """Which records a list holds."""
        if not since:
            return range(self._count)
        return range(0, self._every * self._changed, self._every) if self._every else range(0)

    def payment(self, i: int) -> bytes:
        """About 850 bytes."""
        version = self._version(i)
        amount, created = 1000 + i % 90_000 + version, _EPOCH + i
        person = i % 20_000
        values = (i, amount, amount, i, created, person, i, i, i, i % 7919, person, created + version * 10_000_000)
        return _PAYMENT % values

    def invoice(self, i: int) -> bytes:
        """About 217 bytes."""
        total, party = 100 + i % 9_000 + self._version(i), i % 5_000
        moment = _LATER if self._version(i) else b"2026-%02d-%02dT10:00:00Z" % (i % 9 + 1, i % 28 + 1)
        return _INVOICE % (i, i, i % 9 + 1, i % 28 + 1, total, party, party, moment)

    def _version(self, i: int) -> int:
        return int(self._every > 0 and i % self._every == 0 and i < self._every * self._changed)


def answer(target: str) -> bytes:
    """The body of an answer."""
    parts = urlsplit(target)
    _, world, name = parts.path.split("/")
    count, changed, delay = world.split("-")
    query = dict(parse_qsl(parts.query))
    if int(delay):
        time.sleep(int(delay) / 1000)
    lists = _Lists(int(count), int(changed))
    found, size = lists.positions(query.get("since", "")), int(query.get("limit", 100))
    if name == "payments":
        after = query.get("starting_after")
        start = _place(found, int(after[3:])) + 1 if after else 0
        page = found[start : start + size]
        listed, has_more = b",".join(map(lists.payment, page)), start + size < len(found)
        following = b'"pi_%024d"' % page[-1] if has_more else b"null"
        told = (b"true" if has_more else b"false", following)
        return b'{"object":"list","data":[%b],"has_more":%b,"next":%b}' % (listed, *told)
    start = int(query.get("offset", 0))
    return b'{"records":[%b],"total":%d}' % (b",".join(map(lists.invoice, found[start : start + size])), len(found))


def _place(found: Sequence[int], record: int) -> int:
    return found.index(record)


def _serve(line: socket.socket) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    with line:
        while True:
            while b"\r\n\r\n" not in received:
                chunk = line.recv(65536)
                if not chunk:
                    return
                received += chunk
            head, _, received = received.partition(b"\r\n\r\n")
            asked = _REQUEST.match(head)
            body = answer(asked[1].decode()) if asked else b""
            line.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )


def main() -> None:
    """Serves until the input ends."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        sys.stdout.write(f"{door.getsockname()[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=_accept, args=(door,), daemon=True).start()
        sys.stdin.read()


def _accept(door: socket.socket) -> None:
    while True:
        line, _ = door.accept()
        threading.Thread(target=_serve, args=(line,), daemon=True).start()


if __name__ == "__main__":
    main()
