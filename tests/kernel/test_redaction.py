"""Secrets do not survive redaction, whatever they are wrapped in; and ordinary text does."""

import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations_site.kernel.redaction import HIDDEN, redact, redact_value

SECRET = "hunter2-Zq81xPlanted"
JWT = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJlLXBsYW50ZWQ"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"authorization: basic {SECRET}",
        f"{{'HTTP_AUTHORIZATION': 'Bearer {SECRET}'}}",
        f"the caller sent bearer {SECRET} and left",
        f"password={SECRET}&next=/",
        f"PASSWORD : {SECRET}",
        json.dumps({"client_secret": SECRET}),
        json.dumps(json.dumps({"refresh_token": SECRET})),
        f"{{'api_key': '{SECRET}', 'name': 'x'}}",
        f'{{"password": "correct horse {SECRET} battery"}}',
        json.dumps({"password": f'a "{SECRET}" inside quotes'}),
        json.dumps(json.dumps({"password": f'a "{SECRET}" inside quotes'})),
        json.dumps(json.dumps(json.dumps({"refresh_token": SECRET}))),
        repr({"password": f'it\'s "{SECRET}"'}),
        json.dumps({"secrets": [SECRET]}),
        f"tokens=({SECRET!r},)",
        f"the caller sent BEARER\t{SECRET} and left",
        f"Proxy-Authorization: Negotiate {SECRET}",
        f"X-Api-Key: {SECRET}",
        f"Cookie: theme=dark; sessionid={SECRET}; x=1",
        f"Set-Cookie: csrftoken={SECRET}; Path=/",
        f"postgresql://hub:{SECRET}@db.example.com:5432/hub",
        f"redis://:{SECRET}@cache:6379/0",
        f"https://user:pa@ss{SECRET}@example.com/path",
        f"whsec_{SECRET}",
        f"sk_live_{SECRET}",
        f"sk_test_{SECRET}",
        f"xoxb-{SECRET}",
        f"connection failed: password {SECRET!r}".replace("password ", "password="),
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}",
        f"/log-in?next=%2Fa%3Fpassword%3D{SECRET}%26b%3D1",
        f"redirect=%252Fa%253Fapi_key%253D{SECRET}",
        quote(json.dumps({"client_secret": SECRET})),
        quote_plus(json.dumps({"client_secret": SECRET})),
        f"https://{SECRET}@git.example.com/repo.git",
        f"https://{SECRET}:@api.example.com/v1",
        json.dumps([["password", SECRET]]),
        json.dumps([["X-Api-Key", f"a {SECRET} b"], ["name", "x"]]),
        json.dumps(json.dumps([["password", SECRET]])),
        f"headers=[('authorization', {SECRET!r}), ('accept', '*/*')]",
        f"headers=[(b'cookie', b'{SECRET}')]",
        json.dumps([{"name": "token", "value": SECRET}]),
        json.dumps([{"value": f"a {SECRET} b", "enabled": True, "name": "client_secret"}]),
        json.dumps([{"key": "api_key", "enabled": True, "value": SECRET}]),
        json.dumps(json.dumps([{"name": "token", "value": SECRET}])),
        repr([{"header": "Authorization", "value": SECRET}]),
    ],
)
def test_a_planted_secret_is_gone(text: str) -> None:
    assert SECRET not in redact(text)
    assert HIDDEN in redact(text)


def test_a_token_is_known_by_its_form_alone() -> None:
    for text in (JWT, f"token was {JWT}.", f"({JWT})", JWT.rpartition(".")[0]):
        assert "eyJ" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/cases/case-0199aabbccddeeff00112233445566aa 200",
        "KeyError: 'vendor'",
        'duplicate key value violates unique constraint "vendor_code_once"',
        "Invoice INV-001 of Acme: totals disagree by 0.01 EUR",
        "http://127.0.0.1:8000/health/ready",
        "Connecting to redis://localhost:6379/0",
        "https://example.com?mail=anna@example.com",
        '["name", "value"] and [{"name": "colour", "value": "blue"}]',
        "100%3D of ('vendor', 'case')",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_values_are_hidden_by_the_names_of_their_keys_at_any_depth() -> None:
    planted = {
        "user": "anna",
        "accessToken": SECRET,
        "nested": [{"X-Api-Key": SECRET, "count": 3}, ("plain", f"Bearer {SECRET}")],
        "passwords": [SECRET],
        "flag": True,
        "nothing": None,
        "pairs": [["password", SECRET], ("colour", "blue")],
        "listed": [{"name": "token", "value": SECRET}, {"key": "apiKey", "value": {"is": SECRET}}],
    }
    cleaned = redact_value(planted)
    assert SECRET not in json.dumps(cleaned)
    assert cleaned["user"] == "anna"
    assert cleaned["nested"][0]["count"] == 3
    assert cleaned["flag"] is True
    assert cleaned["pairs"][1] == ["colour", "blue"]
    assert cleaned["nothing"] is None


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=8, max_size=60),
    st.sampled_from(list(" '\"")),
)
def test_a_quoted_value_after_a_secrets_name_is_gone_whatever_it_is(value: str, other: str) -> None:
    value = f"q{value}z"
    assert value not in redact(f'{{"secret": "{value}{other.replace(chr(34), "")}"}}')


@pytest.mark.parametrize(
    "piece",
    [
        *("://a:", "://a", "eyJaaaa.", "token=", "token%3D", '"key": "', "cookie: ", "-----BEGIN PRIVATE KEY-----"),
        *("bearer ", '["key", "', '("token",', '{"name": "token", ', '"value": "x", ', '\\"value\\": \\"'),
    ],
)
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    text = piece * (32_000 // len(piece))
    began = time.perf_counter()
    redact(text)
    assert time.perf_counter() - began < 2
