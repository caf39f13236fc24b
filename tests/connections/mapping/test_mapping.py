"""From a vendor's record to the hub's shape."""

import datetime as dt
import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.definition import Entity, Field
from connections.services.mapping import FieldError, compile_mapping
from integrations_site.kernel.money import MINOR_DIGITS


def mapped(value: Any, type_: str, record: dict[str, Any] | None = None, **more: Any) -> Any:
    """What one field becomes, as the JSON tells it."""
    field = msgspec.convert({"name": "f", "path": "v", "type": type_, **more}, Field)
    raw = json.dumps({"v": value, **(record or {})}, default=_number).encode()
    return json.loads(compile_mapping(entity(field))(raw).data, parse_float=Decimal)["f"]


def entity(*fields: Field, **more: Any) -> Entity:
    return Entity(name="things", path="/things", id="id", fields=list(fields), **more)


def _number(value: Any) -> Any:
    raise TypeError(value)


@pytest.mark.parametrize(
    ("value", "type_", "more", "expected"),
    [
        ("a", "text", {}, "a"),
        (12, "text", {}, "12"),
        (True, "text", {}, "true"),
        ("", "text", {}, None),
        (None, "integer", {}, None),
        (None, "integer", {"default": 3}, 3),
        ("12", "integer", {}, 12),
        (12.0, "integer", {}, 12),
        (1.10, "decimal", {}, Decimal("1.1")),
        ("0.10", "money_major", {}, Decimal("0.10")),
        ("usd ", "currency", {}, "USD"),
        ("True", "boolean", {}, True),
        (0, "boolean", {}, False),
        (1700000000, "instant", {"format": "unix"}, "2023-11-14T22:13:20Z"),
        (1700000000123, "instant", {"format": "unix_ms"}, "2023-11-14T22:13:20Z"),
        ("1700000000.000200", "instant", {"format": "ts"}, "2023-11-14T22:13:20Z"),
        ("/Date(1700000000000+1300)/", "instant", {"format": "ms_date"}, "2023-11-14T22:13:20Z"),
        ("2024-01-01T00:30:00-08:00", "instant", {"format": "iso"}, "2024-01-01T08:30:00Z"),
        ("2024-01-01", "instant", {"format": "iso"}, "2024-01-01T00:00:00Z"),
        ("2024-01-01", "date", {}, "2024-01-01"),
        (" 31.12.2024", "date", {"format": "%d.%m.%Y"}, "2024-12-31"),
        (20241231, "date", {"format": "%Y%m%d"}, "2024-12-31"),
        ("1/2/24 1:30 PM", "instant", {"format": "%m/%d/%y %I:%M %p"}, "2024-01-02T13:30:00Z"),
        ("31 Dec 2024 23:30 -0200", "instant", {"format": "%d %b %Y %H:%M %z"}, "2025-01-01T01:30:00Z"),
        ("x", "choice", {"choices": {"x": "ours"}}, "ours"),
        ("y", "choice", {"choices": {"x": "ours"}, "default": "other"}, "other"),
        ([1], "list", {}, [1]),
        ({"a": 1}, "object", {}, {"a": 1}),
    ],
)
def test_types(value: Any, type_: str, more: dict[str, Any], expected: Any) -> None:
    found = mapped(value, type_, **more)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "type_", "more"),
    [
        ({}, "text", {}),
        ("1.5", "integer", {}),
        ("NaN", "decimal", {}),
        ("Infinity", "money_major", {}),
        (True, "decimal", {}),
        ("1e200", "decimal", {}),
        ("1." + "0" * 20_000, "money_major", {}),
        ("XXX", "currency", {}),
        ("maybe", "boolean", {}),
        (2, "boolean", {}),
        ("soon", "instant", {}),
        (10**20, "instant", {"format": "unix"}),
        ("2024-12-31", "date", {"format": "%d.%m.%Y"}),
        ("31.13.2024", "date", {"format": "%d.%m.%Y"}),
        (True, "date", {"format": "%d.%m.%Y"}),
        ("01.01.0001 +1400", "instant", {"format": "%d.%m.%Y %z"}),
        ("z", "choice", {"choices": {"x": "ours"}}),
        ({}, "list", {}),
        ([], "object", {}),
        (None, "text", {"required": True}),
        (1.5, "money_minor", {"currencyPath": "c"}),
        (150, "money_minor", {"currencyPath": "nowhere"}),
    ],
)
def test_what_does_not_fit_names_its_field(value: Any, type_: str, more: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as refused:
        mapped(value, type_, {"c": "usd"}, **more)
    assert refused.value.field == "f"
    assert refused.value.reason


@given(
    amount=st.integers(-(10**15), 10**15),
    currency=st.sampled_from(sorted(MINOR_DIGITS)),
    shift=st.booleans(),
)
def test_minor_units_are_exact(amount: int, currency: str, shift: bool) -> None:
    code = currency.lower() if shift else currency
    found = mapped(amount, "money_minor", {"c": code}, currencyPath="c")
    assert Decimal(found) * 10 ** MINOR_DIGITS[currency] == amount


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_major_units_are_exact(amount: Decimal) -> None:
    assert Decimal(mapped(str(amount), "money_major")) == amount
    field = msgspec.convert({"name": "f", "path": "v", "type": "money_major"}, Field)
    data = compile_mapping(entity(field))(b'{"v": %s}' % str(f"{amount:f}").encode()).data
    assert json.loads(data, parse_float=Decimal, parse_int=Decimal)["f"] == amount


@given(st.integers(0, 7_000_000_000), st.integers(-14, 14))
def test_instants_are_utc(seconds: int, hours: int) -> None:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    local = moment.astimezone(dt.timezone(dt.timedelta(hours=hours)))
    expected = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert mapped(local.isoformat(), "instant", format="iso") == expected
    assert mapped(int(local.timestamp()), "instant", format="unix") == expected


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5))
def test_any_value_is_mapped_or_refused(value: Any) -> None:
    for type_ in ("text", "integer", "decimal", "money_minor", "boolean", "instant", "date", "list", "object"):
        with suppress(FieldError):
            mapped(value, type_, currencyPath="c")


@pytest.mark.parametrize(
    "raw", [b"[]", b"7", b"{", b'{"v": "\\u0000"}', b'{"v": 1e99999}', b'{"v": "\xff"}', b"[" * 99999]
)
def test_what_is_no_record_is_refused_as_a_whole(raw: bytes) -> None:
    number = msgspec.convert({"name": "f", "path": "v", "type": "decimal"}, Field)
    with pytest.raises(FieldError) as refused:
        compile_mapping(entity(number))(raw)
    assert refused.value.field == ""


def test_what_does_not_fit_into_the_title_is_found_as_text() -> None:
    who = Field(name="who", path="who", type="text")
    found = compile_mapping(entity(who, title=["who"], searchable=["who"]))(b'{"who": "%b end"}' % (b"x" * 400))
    assert (found.title, found.text) == ("x" * 300, "x" * 400 + " end")


def test_title_text_date_and_a_tenants_own_fields() -> None:
    fields = [
        Field(name="number", path="no", type="text"),
        Field(name="who", path="contact.name", type="text"),
        Field(name="at", path="when", type="instant"),
    ]
    things = entity(*fields, title=["number"], searchable=["who", "number"], date="at")
    raw = b'{"no": 7, "contact": {"name": "Acme"}, "when": "2026-01-02", "tags": ["a", {"b": 1}]}'
    found = compile_mapping(things)(raw)
    assert (found.title, found.text, found.occurred_at) == ("7", "Acme", "2026-01-02T00:00:00Z")
    own = Field(name="tag", path="tags.1.b", type="integer")
    assert json.loads(compile_mapping(things, [own])(raw).data)["tag"] == 1
    assert compile_mapping(things).version != compile_mapping(things, [own]).version
    assert compile_mapping(things).version == compile_mapping(things).version
