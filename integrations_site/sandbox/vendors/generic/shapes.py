"""The generic provider's contacts and orders."""

from collections.abc import Callable

from integrations_site.sandbox import names
from integrations_site.sandbox.clock import iso
from integrations_site.sandbox.data import Row, Shape
from integrations_site.sandbox.messages import natural

_CURRENCIES = ("EUR", "EUR", "USD", "GBP", "JPY", "KWD")
_DECIMALS = {"JPY": 0, "KWD": 3}
_STAGES = ("new", "open", "won", "lost")
_CONTACT = (
    '{"id":"con-%d","name":"%s %s","email":"%s","company":{"name":"%s","city":"%s"},"active":%s,"score":%d,'
    '"tags":["%s"],"revision":%d,"createdAt":"%s","updatedAt":"%s"}'
)
_ORDER = (
    '{"id":"ord-%d","number":"SO-%05d","stage":"%s","total":{"minor":%d,"amount":"%s","currency":"%s"},'
    '"contactId":"con-%d","note":"%s","revision":%d,"createdAt":"%s","updatedAt":"%s"}'
)


def _contact(row: Row) -> str:
    first, last = names.person(row)
    return _CONTACT % (
        row.index + 1,
        first,
        last,
        names.email(first, last, row.index),
        names.company(row.peer()),
        row.pick(names.CITIES, 19),
        "true" if row.number(9, 21) else "false",
        row.number(100, 25),
        row.pick(_STAGES, 29),
        row.revision,
        iso(row.created),
        iso(row.updated),
    )


def _order(row: Row) -> str:
    currency, minor = row.pick(_CURRENCIES, 11), 500 + row.number(300_000, 7) + row.revision
    decimals = _DECIMALS.get(currency, 2)
    return _ORDER % (
        row.index + 1,
        row.index + 1,
        row.pick(_STAGES, 17),
        minor,
        f"{minor / 10**decimals:.{decimals}f}",
        currency,
        row.peer() + 1,
        row.pick(names.PURPOSES, 23),
        row.revision,
        iso(row.created),
        iso(row.updated),
    )


def _shape(entity: str, prefix: str, render: Callable[[Row], str]) -> Shape:
    def index_of(salt: str, identifier: str) -> int | None:
        number = natural(identifier.removeprefix(prefix))
        return None if number is None else number - 1

    return Shape(entity, render, lambda salt, index: f"{prefix}{index + 1}", index_of)


SHAPES = {"contacts": _shape("contacts", "con-", _contact), "orders": _shape("orders", "ord-", _order)}
