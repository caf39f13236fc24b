"""What may be in a body, and how numbers come in and go out."""

import contextlib
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.exceptions import ParseError, ValidationError

from integrations_site.api import fields
from integrations_site.api.parsing import loads
from integrations_site.api.rendering import dumps
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant
from tests.api.clients import ApiCaller

pytestmark = pytest.mark.urls("tests.api.probes")
AMOUNTS = st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=3)


class TestExactNumbers:
    @given(AMOUNTS)
    def test_an_amount_of_18_digits_survives_the_way_in_and_out(self, amount: Decimal) -> None:
        body = loads(dumps({"amount": amount}))
        assert body["amount"] == amount
        field = fields.MoneyField()
        assert field.to_representation(field.run_validation(body["amount"])) == amount

    @given(AMOUNTS)
    def test_it_never_becomes_a_float(self, amount: Decimal) -> None:
        assert json.loads(dumps([amount]), parse_float=Decimal, parse_int=Decimal) == [amount]

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("1100", b"1100.00"),
            ("1100.5", b"1100.50"),
            ("0.125", b"0.125"),
            ("1E+3", b"1000.00"),
            ("-0.10", b"-0.10"),
            ("0", b"0.00"),
        ],
    )
    def test_amounts_have_two_decimals_or_three(self, value: str, text: bytes) -> None:
        assert dumps(fields.MoneyField().to_representation(Decimal(value))) == text

    def test_quantities_have_the_decimals_they_need(self) -> None:
        assert dumps(fields.QuantityField().to_representation(Decimal("10.000000"))) == b"10"
        assert dumps(fields.QuantityField().to_representation(Decimal("0.500000"))) == b"0.5"

    @pytest.mark.parametrize("value", ["0.0001", "1000000000000000", "0.00000000000000000000000000000000001"])
    def test_too_precise_or_too_large_is_refused_not_rounded(self, value: str) -> None:
        with pytest.raises(ValidationError):
            fields.MoneyField().run_validation(Decimal(value))

    @pytest.mark.parametrize("value", [True, "NaN", "1e5", "\u0661\u0662", "", " 1", "1,5", [], {}, "0x10", "Infinity"])
    def test_what_is_no_number_is_refused(self, value: Any) -> None:
        with pytest.raises(ValidationError):
            fields.MoneyField().run_validation(value)

    def test_end_zeros_are_no_decimals(self) -> None:
        assert fields.MoneyField().run_validation(Decimal("12.3400000")) == Decimal("12.34")

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object()])
    def test_what_has_no_json_form_is_not_sent(self, value: Any) -> None:
        with pytest.raises(TypeError):
            dumps([value])

    def test_instants_are_utc(self) -> None:
        east = dt.timezone(dt.timedelta(hours=2))
        assert dumps(dt.datetime(2026, 1, 25, 12, 30, 5, 999, east)) == b'"2026-01-25T10:30:05Z"'


class TestMalformed:
    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b"{", "line 1, column 2"),
            (b'{"a": 1,}', "JSON"),
            (b'{"a": NaN}', "NaN"),
            (b'{"a": -Infinity}', "Infinity"),
            (b'{"a": 1e400}', "1e400"),
            (b'{"a": 1e-400}', "1e-400"),
            (b'{"a": ' + b"9" * 5000 + b"}", "999"),
            (b'{"a": 0.' + b"1" * 5000 + b"}", "0.11"),
            (b'{"a": "\xff"}', "UTF-8"),
            (b'{"a": "\\u0000"}', "NUL"),
            (b'{"\\u0000": 1}', "NUL"),
            (b'{"a": "\\ud800"}', "surrogate"),
            (b'{"a": 1, "b": 2, "a": 3}', "'a' stands twice"),
            (b"[" * 33 + b"]" * 33, "32 levels"),
            (b"[" * 100_000, "32 levels"),
            (b'{"a":' * 5000 + b"1" + b"}" * 5000, "32 levels"),
        ],
    )
    def test_it_says_what_is_wrong_and_nothing_is_written(
        self, admin: ApiCaller, tenant: Tenant, body: bytes, says: str
    ) -> None:
        answer = admin.post("/api/act", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "MALFORMED_REQUEST")
        assert says in answer.json()["error"]["message"]
        with scope.tenant_scope(tenant.id):
            assert not FailedTask.objects.exists()

    @given(st.binary(max_size=200))
    def test_no_bytes_break_the_parser(self, body: bytes) -> None:
        with contextlib.suppress(ParseError):
            loads(body)

    def test_deep_but_allowed(self) -> None:
        assert loads(b"[" * 32 + b"]" * 32)

    @pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b"true"])
    def test_what_is_no_object(self, admin: ApiCaller, body: bytes) -> None:
        assert admin.post("/api/echo", body).json()["error"]["code"] == "VALIDATION_ERROR"

    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
    def test_too_large(self, admin: ApiCaller, settings: Settings, headers: dict[str, str]) -> None:
        settings.API_MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        answer = admin.post("/api/echo", {"text": "x" * 1000}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize("number", ["1e1000000000000000000000", "1e-1000000000000000000000", f"0.{'0' * 100}1"])
    def test_a_number_that_is_none(self, admin: ApiCaller, number: str) -> None:
        answer = admin.post("/api/echo", f'{{"amount": {number}}}')
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "MALFORMED_REQUEST")

    @pytest.mark.parametrize(("sent", "told"), [(10**30, {}), ("x" * 101, {}), ([1], {}), ("x", {"task_id": "x"})])
    def test_what_is_no_id_is_not_repeated(self, admin: ApiCaller, sent: Any, told: dict[str, str]) -> None:
        answer = admin.post("/api/echo", {"task_id": sent})
        assert answer.status_code == 404
        assert answer.json()["error"]["details"] == told

    @pytest.mark.parametrize("kind", ["text/plain", "application/xml", "nonsense", ""])
    def test_another_media_type(self, admin: ApiCaller, kind: str) -> None:
        answer = admin.post("/api/echo", b"{}", content_type=kind)
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")

    def test_an_answer_in_another_form_is_not_to_be_had(self, admin: ApiCaller) -> None:
        answer = admin.get("/api/me", headers={"Accept": "application/xml"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")


def wrong(caller: ApiCaller, body: dict[str, Any] | bytes) -> dict[str, list[str]]:
    """The fields that the echo finds wrong."""
    answer = caller.post("/api/echo", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    found: dict[str, list[str]] = answer.json()["error"]["details"]["fields"]
    return found


class TestFields:
    def test_unknown_ones_are_named(self, admin: ApiCaller) -> None:
        [told] = wrong(admin, {"txet": "x", "text": "y"})["txet"]
        assert told.startswith("There is no such field; there are amount, currency, day, ")

    @pytest.mark.parametrize(
        "day",
        [
            "2026-02-30",
            "20260131",
            "2026-1-31",
            "2026-W05-1",
            "31.01.2026",
            20260131,
            "",
            "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661",
        ],
    )
    def test_days_that_do_not_exist(self, admin: ApiCaller, day: object) -> None:
        assert "day" in wrong(admin, {"day": day})

    def test_a_day_that_is_not_in_the_calendar_is_no_matter_of_form(self, admin: ApiCaller) -> None:
        assert wrong(admin, {"day": "2026-02-30"}) == {"day": ["There is no day 2026-02-30 in the calendar."]}
        assert "YYYY-MM-DD" in wrong(admin, {"day": "30.02.2026"})["day"][0]

    def test_the_kind_of_a_value_is_named_as_json_names_it(self, admin: ApiCaller) -> None:
        told = wrong(admin, {"lines": "x", "text": 5})
        assert told == {"lines": ["A list is expected, in square brackets."], "text": ["A text is expected."]}
        assert wrong(admin, b"[]") == {"non_field": ["An object is expected, in braces."]}

    @pytest.mark.parametrize("currency", ["XXX", "usd", "US", "", 5, None])
    def test_currencies_that_do_not_exist(self, admin: ApiCaller, currency: object) -> None:
        assert "currency" in wrong(admin, {"currency": currency})

    def test_an_over_precise_amount_names_its_field(self, admin: ApiCaller) -> None:
        assert "3 decimal places" in wrong(admin, b'{"amount": 1.00001}')["amount"][0]

    def test_the_path_to_a_nested_field(self, admin: ApiCaller) -> None:
        assert list(wrong(admin, {"lines": [{}, 5]})) == ["lines[1]"]

    @pytest.mark.parametrize("text", [5, True, [], {}])
    def test_text_is_text(self, admin: ApiCaller, text: object) -> None:
        assert "text" in wrong(admin, {"text": text})

    def test_any_script_direction_and_emoji(self, admin: ApiCaller) -> None:
        text = "‏שלום \u202etxt‬ 🧾 Ünïcode"
        assert admin.post("/api/echo", {"text": text}).json() == {"text": text}

    def test_an_exact_echo(self, admin: ApiCaller) -> None:
        body = b'{"amount":123456789012345.678,"quantity":0.000001,"day":"2028-02-29","currency":"JPY"}'
        answer = admin.post("/api/echo", body)
        assert answer.status_code == 200
        assert answer.content == body
