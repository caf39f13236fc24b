"""What is sent: address, authentication, headers, body; and what an answer is taken for."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from catalog.definition import parse
from catalog.definition.reading import trusted
from connections.sdk.errors import (
    AnswerUnreadable,
    CredentialError,
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.sdk.http import VendorHttp
from connections.services.vendor_http import Pace, provider_http
from tests.connections.world import answer, connection_to
from tests.factories.catalog import provider_input
from tests.receiver import Answer, Receiver, receiving

waits: list[float] = []
QUICK = Pace(sleep=waits.append, chance=lambda: 1.0)


@pytest.fixture
def vendor() -> Any:
    """A vendor that answers with an empty object until told otherwise."""
    waits.clear()
    with receiving(lambda _: answer({})) as receiver:
        yield receiver


def way_to(vendor: Receiver, secret: dict[str, Any], *, settings: Any = None, **connection: Any) -> VendorHttp:
    """The way to the vendor."""
    more = {name: connection.pop(name) for name in ("authType", "credentialFields") if name in connection}
    definition = parse(provider_input(connection=connection_to(vendor.url, **connection), **more))
    return provider_http(definition, secret, settings=settings, account_id="acct-1", pace=QUICK)


def test_a_key_in_a_header(vendor: Receiver) -> None:
    headers = {"X-Region": "{settings.region}", "X-Account": "{account.id}"}
    auth = {"placement": "header", "name": "X-Key", "prefix": ""}
    http = way_to(vendor, {"apiKey": "s3cret"}, settings={"region": "eu"}, auth=auth, headers=headers)
    http.request("POST", "/a", query={"q": "ä b"}, json={"n": 1})
    [sent] = vendor.requests
    assert (sent.path, sent.body, sent.headers["content-type"]) == ("/a?q=%C3%A4+b", b'{"n":1}', "application/json")
    assert (sent.headers["x-key"], sent.headers["x-region"], sent.headers["x-account"]) == ("s3cret", "eu", "acct-1")


def test_a_key_in_the_query_and_a_password(vendor: Receiver) -> None:
    http = way_to(vendor, {"apiKey": "s3cret"}, auth={"placement": "query", "name": "key"})
    http.request("GET", "/a?x=1", query={"q": "2"})
    way_to(vendor, {"username": "ann", "password": "p:w"}, auth={"placement": "basic"}, authType="basic").request(
        "POST", "/b", form={"c": "d e"}
    )
    first, second = vendor.requests
    assert first.path == "/a?x=1&q=2&key=s3cret"
    assert second.headers["authorization"] == f"Basic {base64.b64encode(b'ann:p:w').decode()}"
    assert second.body == b"c=d+e"


def test_a_soap_envelope_gets_its_user_name_token(vendor: Receiver) -> None:
    fields = [{"name": "user", "label": "U", "secret": False}, {"name": "password", "label": "P"}]
    auth = {"placement": "none", "soapUsername": "{credential.user}@{settings.tenant}"}
    http = way_to(
        vendor,
        {"user": "isu", "password": "a<b"},
        settings={"tenant": "acme"},
        auth=auth,
        authType="custom",
        credentialFields=fields,
    )
    http.request("POST", "/soap", body=b"<soapenv:Envelope><soapenv:Header/><soapenv:Body/></soapenv:Envelope>")
    body = vendor.requests[0].body
    assert b"<wsse:Username>isu@acme</wsse:Username>" in body
    assert b">a&lt;b</wsse:Password>" in body
    assert body.endswith(b"</soapenv:Header><soapenv:Body/></soapenv:Envelope>")


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example.net/steal",
        "//evil.example.net/steal",
        "http://127.0.0.1:1/other-port",
        "@evil.example.net/",
        "evil.example.net",
        "{base}@evil.example.net/",
        "{base}\\@evil.example.net/",
    ],
)
def test_a_credential_goes_nowhere_else(vendor: Receiver, path: str) -> None:
    with pytest.raises(ProviderRejected):
        way_to(vendor, {"apiKey": "k"}).request("GET", path.replace("{base}", vendor.url))
    assert vendor.requests == []


def test_an_address_that_the_vendor_told_is_followed(vendor: Receiver) -> None:
    way_to(vendor, {"apiKey": "k"}).request("GET", f"{vendor.url}/next?page=2")
    assert vendor.requests[0].path == "/next?page=2"


@pytest.mark.parametrize(
    "value", ["evil.example.net/", "evil.example", "a" * 64, "a:1", "a_b", "a b", "x@evil.example.net", "", "x#"]
)
def test_a_setting_cannot_change_the_host(value: str) -> None:
    connection = {"baseUrl": "https://{settings.shop}.shops.example.com"}
    http = provider_http(parse(provider_input(connection=connection)), {"apiKey": "k"}, settings={"shop": value})
    with pytest.raises(ProviderRejected, match=r"settings\.shop"):
        http.request("GET", "/orders")


def test_a_setting_in_a_path_is_one_segment(vendor: Receiver) -> None:
    http = way_to(vendor, {"apiKey": "k"}, settings={"company": "a/../b?c"})
    http.request("GET", "/companies/{settings.company}/x")
    assert vendor.requests[0].path == "/companies/a%2F..%2Fb%3Fc/x"


def test_everybody_is_reached_at_the_stand_in(vendor: Receiver, settings: Any) -> None:
    settings.VENDOR_STAND_IN = vendor.url
    definition = parse(provider_input(connection={"baseUrl": "https://api.example.com/v1"}))
    http = provider_http(definition, {"apiKey": "k"})
    http.request("GET", "/a")
    http.request("GET", "https://api.example.com/v1/b")
    http.request("GET", f"{vendor.url}/api.example.com/v1/c?d=e")
    assert [sent.path for sent in vendor.requests] == [
        "/api.example.com/v1/a",
        "/api.example.com/v1/b",
        "/api.example.com/v1/c?d=e",
    ]
    with pytest.raises(ProviderRejected):
        http.request("GET", f"{vendor.url}/api.example.org/v1/c")


SLACK = {"okPath": "ok", "codePath": "error", "rules": [{"code": "token_expired", "kind": "credential"}]}
QUICKBOOKS = {"codePath": "Fault.Error.0.code", "messagePath": "Fault.Error.0.Message"}
FAULT = {"Fault": {"Error": [{"code": "6240", "Message": "Duplicate name"}]}}
RULES = {"codePath": "code", "rules": [{"status": 400, "code": "busy", "kind": "unavailable"}]}


FORBIDDEN = {"codePath": "n", "rules": [{"codePath": "why", "code": "scope", "kind": "forbidden"}]}


@pytest.mark.parametrize(
    ("errors", "given", "kind", "code"),
    [
        ({}, answer({}, 401), CredentialError, ""),
        ({}, answer({}, 403), ProviderRejected, ""),
        ({}, answer({}, 404), ProviderRejected, ""),
        ({}, answer({}, 302, Location="/elsewhere"), ProviderRejected, ""),
        ({}, answer({}, 429), RateLimited, ""),
        ({}, answer({}, 500), ProviderUnavailable, ""),
        ({}, Answer(503, b"<html>down</html>"), ProviderUnavailable, ""),
        ({}, answer({}, 503, **{"Retry-After": "120"}), RateLimited, ""),
        (SLACK, answer({"ok": False, "error": "token_expired"}), CredentialError, "token_expired"),
        (SLACK, answer({"ok": False, "error": "no_such_thing"}), ProviderRejected, "no_such_thing"),
        (SLACK, Answer(200, b"<html>hello</html>"), AnswerUnreadable, ""),
        (QUICKBOOKS, answer(FAULT), ProviderRejected, "6240"),
        (RULES, answer({"code": "busy"}, 400), ProviderUnavailable, "busy"),
        (RULES, answer({"code": "other"}, 400), ProviderRejected, "other"),
        (FORBIDDEN, answer({"why": "scope"}, 403), CredentialError, "scope"),
        (FORBIDDEN, answer({"why": "other"}, 403), ProviderRejected, ""),
        (FORBIDDEN, answer({"n": 7}, 400), ProviderRejected, "7"),
    ],
)
def test_an_answer_is_read_as_the_definition_says(
    vendor: Receiver, errors: Any, given: Answer, kind: type[VendorError], code: str
) -> None:
    vendor.respond = lambda _: given
    with pytest.raises(VendorError) as caught:
        way_to(vendor, {"apiKey": "k"}, errors=errors).request("POST", "/a")
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_no_secret_is_in_an_error(vendor: Receiver) -> None:
    vendor.respond = lambda sent: answer({"error": {"message": f"bad token: {sent.headers['authorization']}"}}, 400)
    with pytest.raises(ProviderRejected) as caught:
        way_to(vendor, {"apiKey": "sk_live_abcdef123456"}).request("GET", "/a")
    assert "sk_live" not in f"{caught.value!r} {caught.value.message}"


def test_what_is_not_json_is_said_when_it_is_read(vendor: Receiver) -> None:
    vendor.respond = lambda _: Answer(200, b"<html>maintenance</html>")
    response = way_to(vendor, {"apiKey": "k"}).request("GET", "/a")
    with pytest.raises(AnswerUnreadable):
        response.json()


def _failing(times: int, given: Answer) -> Callable[[Any], Answer]:
    left = iter(range(times))
    return lambda _: given if next(left, None) is not None else answer({"fine": True})


def test_transient_errors_are_tried_again_later_and_later(vendor: Receiver) -> None:
    vendor.respond = _failing(3, answer({}, 502))
    assert way_to(vendor, {"apiKey": "k"}).request("GET", "/a").json() == {"fine": True}
    assert waits == [0.5, 1.0, 2.0]
    vendor.respond = _failing(9, answer({}, 502))
    with pytest.raises(ProviderUnavailable):
        way_to(vendor, {"apiKey": "k"}).request("GET", "/a")
    assert len(vendor.requests) == 8


def test_a_post_is_not_repeated_unless_it_may(vendor: Receiver) -> None:
    vendor.respond = _failing(9, answer({}, 502))
    with pytest.raises(ProviderUnavailable):
        way_to(vendor, {"apiKey": "k"}).request("POST", "/a")
    assert (len(vendor.requests), waits) == (1, [])
    vendor.respond = _failing(1, answer({}, 502))
    way_to(vendor, {"apiKey": "k"}).request("POST", "/a", headers={"Idempotency-Key": "1"})
    assert len(vendor.requests) == 3


@pytest.mark.parametrize("retry_after", ["7", "7.0"])
def test_retry_after_is_obeyed_for_any_method(vendor: Receiver, retry_after: str) -> None:
    vendor.respond = _failing(1, answer({}, 429, **{"Retry-After": retry_after}))
    way_to(vendor, {"apiKey": "k"}).request("POST", "/a")
    assert waits == [7.0]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("3600", 3600, 3600), ("Wed, 21 Oct 2099 07:28:00 GMT", 86400, 86400), ("999999999", 86400, 86400)],
)
def test_who_must_wait_long_is_told_so_at_once(vendor: Receiver, text: str, least: float, most: float) -> None:
    vendor.respond = lambda _: answer({}, 429, **{"Retry-After": text})
    with pytest.raises(RateLimited) as caught:
        way_to(vendor, {"apiKey": "k"}).request("GET", "/a")
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= most
    assert waits == []


def test_an_unanswered_post_is_an_unknown_outcome(vendor: Receiver) -> None:
    def hang_up(_: Any) -> Answer:
        raise ConnectionAbortedError

    vendor.respond = hang_up
    vendor._server.handle_error = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        way_to(vendor, {"apiKey": "k"}).request("POST", "/a")
    assert len(vendor.requests) == 1
    with pytest.raises(ProviderUnavailable):
        way_to(vendor, {"apiKey": "k"}).request("GET", "/a")
    assert len(vendor.requests) == 5


def test_a_private_address_is_refused() -> None:
    fields = [{"name": "host", "label": "Host", "secret": False}, {"name": "key", "label": "Key"}]
    connection = {"baseUrl": "https://{credential.host}"}
    definition = parse(provider_input(authType="custom", credentialFields=fields, connection=connection))
    with pytest.raises(ProviderRejected) as caught:
        provider_http(definition, {"key": "k", "host": "10.0.0.1"}).request("GET", "/a")
    assert caught.value.code == "ADDRESS_REFUSED"


def test_a_definition_from_before_the_rule_leads_nowhere_else(vendor: Receiver) -> None:
    connection = {"baseUrl": vendor.url.replace("127.0.0.1", "{settings.host}")}
    definition = trusted(provider_input(connection=connection))
    with pytest.raises(ProviderRejected) as caught:
        provider_http(definition, {"apiKey": "k"}, settings={"host": "127.0.0.1"}).request("GET", "/a")
    assert (caught.value.code, vendor.requests) == ("DEFINITION_INVALID", [])
