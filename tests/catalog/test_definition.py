"""The schema of providers: what it takes, and that whatever it refuses is named, all of it at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from catalog.api.examples import ENTERED
from catalog.definition import DefinitionInvalidError, parse, to_json
from catalog.definition.merging import leaves, merge, patch_between
from catalog.definition.reading import take_secrets
from catalog.services.shipped import shipped_definitions
from tests.factories.catalog import declarative_connection, oauth_input, provider_input

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
# Without null, which a merge patch cannot tell from nothing.
DOCUMENTS = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), DOCUMENTS, max_size=4)
FULL = json.loads(json.dumps(ENTERED))


def refused(data: Any) -> dict[str, list[str]]:
    """What is wrong with it, by path."""
    with pytest.raises(DefinitionInvalidError) as caught:
        parse(data)
    fields: dict[str, list[str]] = caught.value.details["fields"]
    field = caught.value.details["field"]
    assert caught.value.details["message"] == fields[field][0]
    return fields


def entity(**more: Any) -> dict[str, Any]:
    """A provider whose one data type differs from the usual one."""
    connection = declarative_connection()
    connection["entities"][0] |= more
    return provider_input(connection=connection)


def test_what_is_written_down_reads_the_same() -> None:
    for data in (FULL, provider_input(), oauth_input(), provider_input(connection=declarative_connection())):
        definition = parse(data)
        assert parse(to_json(definition)) == definition
    for data in shipped_definitions().values():
        assert to_json(parse(data)) == data


@given(JSON)
def test_nothing_but_a_definition_is_taken_and_nothing_breaks_the_reader(data: Any) -> None:
    assert refused(data)


@given(st.sampled_from(sorted(FULL)), SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS))
def test_a_definition_with_something_else_in_one_place_is_read_or_refused_by_name(name: str, value: Any) -> None:
    try:
        definition = parse(FULL | {name: value})
    except DefinitionInvalidError as error:
        problems = error.details["fields"]
    else:
        problems = parse(to_json(definition)) == definition
    assert problems


def test_everything_that_is_missing_is_told_at_once() -> None:
    fields = refused({})
    assert set(fields) == {
        *("name", "displayName", "category", "provider", "status", "audience", "capabilities", "icon", "color"),
        *("supportedSyncDirections", "supportsRealtime", "supportsWebhooks", "supportsNotifications", "supportsSearch"),
        *("requiresUserScoping", "authType", "availableEntities", "version"),
    }
    assert set(map(tuple, fields.values())) == {("This field is required.",)}


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        ([], "non_field", "An object is expected"),
        (provider_input(authType="handshake"), "authType", '"handshake" is none of api_key, basic, custom, oauth2.'),
        (provider_input(category="Payments"), "category", "is none of accounting, "),
        (provider_input(secret="x"), "secret", "no such field"),
        (provider_input(provider="A b"), "provider", "Small letters"),
        (provider_input(provider="acme\n"), "provider", "Small letters"),
        (provider_input(name=""), "name", "must not be empty"),
        (provider_input(name="a\x00"), "name", "NUL"),
        (provider_input(description="\ud800"), "description", "surrogate"),
        (provider_input(name="x" * 101), "name", "At most 100"),
        (provider_input(isPremium="yes"), "isPremium", "true or false"),
        (provider_input(capabilities=["x"] * 51), "capabilities", "At most 50"),
        (provider_input(capabilities=[1]), "capabilities[0]", "A text"),
        (provider_input(availableEntities=[{"name": "A"}, {"fields": []}]), "availableEntities[1].name", "required"),
        (provider_input(searchableEntities=["Lead"]), "searchableEntities", '"Lead" is no data type'),
        (provider_input(coverage={"Lead": {}}), "coverage.Lead", "no data type"),
        (provider_input(coverage={"Account": {"read": "maybe"}}), "coverage.Account.read", "none of no, "),
        (provider_input(authType="oauth2"), "oauthConfig", "authorizationUrl and tokenUrl"),
        (oauth_input(tokenUrl=""), "oauthConfig.tokenUrl", "must not be empty"),
        (oauth_input(tokenUrl="http://acme.example/t"), "oauthConfig.tokenUrl", "https://"),
        (oauth_input(tokenUrl="https://10.0.0.1/t"), "oauthConfig.tokenUrl", "private"),
        (oauth_input(clientSecret=7), "oauthConfig.clientSecret", "A text"),
        (oauth_input(clientSecret="x" * 4097), "oauthConfig.clientSecret", "At most 4096"),
        (oauth_input(account={"from": "redirect"}), "oauthConfig.account", "parameter"),
        (
            provider_input(connection=declarative_connection(baseUrl="https://169.254.169.254/")),
            "connection.baseUrl",
            "metadata",
        ),
        (
            provider_input(connection=declarative_connection(baseUrl="https://u:p@a.example/")),
            "connection.baseUrl",
            "password",
        ),
        (
            provider_input(connection=declarative_connection(baseUrl="file:///etc/passwd")),
            "connection.baseUrl",
            "https://",
        ),
        (
            provider_input(connection=declarative_connection(headers={"X-Key": "{credential.apiKey}"})),
            "connection.headers.X-Key",
            "is a secret",
        ),
        (
            provider_input(connection=declarative_connection(baseUrl="https://{tenant.host}/")),
            "connection.baseUrl",
            "Nothing is known to fill {tenant.host}",
        ),
        (
            provider_input(connection=declarative_connection(headers={"X-A": "a\r\nX-B: c"})),
            "connection.headers.X-A",
            "one line",
        ),
        (entity(path="https://elsewhere.example/accounts"), "connection.entities[0].path", "goes nowhere else"),
        (entity(path="//elsewhere.example/"), "connection.entities[0].path", "two slashes"),
        (entity(paging={"type": "magic"}), "connection.entities[0].paging.type", "none, cursor, offset, page, link"),
        (entity(paging={"type": "cursor", "parameter": "a"}), "connection.entities[0].paging", "cursorPath"),
        (entity(paging={"type": "offset", "parameter": "a"}), "connection.entities[0].paging.size", "required"),
        (entity(paging={"type": "page", "parameter": "a", "size": 5}), "connection.entities[0].paging", "together"),
        (entity(title=["nothing"]), "connection.entities[0].title", '"nothing" is no field'),
        (
            entity(fields=[{"name": "a", "path": "a", "type": "integer", "default": 10**30}], title=[], searchable=[]),
            "connection.entities[0].fields[0].default",
            "expected",
        ),
        (entity(date="name"), "connection.entities[0].date", "no field of the type instant"),
        (
            entity(fields=[{"name": "a", "path": "a", "type": "money_minor"}], title=[], searchable=[]),
            "connection.entities[0].fields[0].currencyPath",
            "currency",
        ),
        (
            entity(fields=[{"name": "a", "path": "a", "type": "text"}] * 2, title=[], searchable=[]),
            "connection.entities[0].fields",
            "2 times",
        ),
        (
            provider_input(credentialFields=[{"name": "a", "label": "A", "pattern": "("}]),
            "credentialFields[0].pattern",
            "regular",
        ),
    ],
)
def test_a_refusal_names_the_field_and_says_what_is_wrong(data: Any, path: str, message: str) -> None:
    fields = refused(data)
    assert message in " ".join(fields[path]), fields


def test_the_allow_list_lets_a_private_host_in(settings: Settings) -> None:
    connection = declarative_connection(baseUrl="http://127.0.0.1:8001/generic")
    settings.OUTGOING_ALLOWED_HOSTS = []
    assert "connection.baseUrl" in refused(provider_input(connection=connection))
    settings.OUTGOING_ALLOWED_HOSTS = ["127.0.0.1"]
    assert parse(provider_input(connection=connection)).connection


def test_public_fields_may_stand_in_addresses() -> None:
    fields = [{"name": "host", "label": "Host", "secret": False}, {"name": "token", "label": "Token"}]
    connection = declarative_connection(baseUrl="https://{credential.host}/{settings.region}/{account.id}")
    assert parse(provider_input(authType="custom", credentialFields=fields, connection=connection))


def test_a_definition_with_secrets_is_never_written_down() -> None:
    definition = parse(oauth_input(clientSecret="hush"))
    with pytest.raises(ValueError, match="secrets"):
        to_json(definition)
    public, secrets = take_secrets(definition)
    assert secrets == {"client_secret": "hush"}
    assert "hush" not in json.dumps(to_json(public))


@given(OBJECTS, OBJECTS)
def test_a_patch_between_two_documents_leads_from_one_to_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    patch = patch_between(before, after)
    assert merge(before, patch) == after
    assert bool(patch) == (before != after)
    assert bool(leaves(patch)) == bool(patch)
