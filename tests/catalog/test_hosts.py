"""Which part of an address settings and credentials may choose: never where a secret is sent."""

from typing import Any

import pytest

from catalog.definition import DefinitionInvalidError, parse
from tests.factories.catalog import declarative_connection, oauth_input, provider_input

TYPED = [{"name": "host", "label": "Host", "secret": False}, {"name": "token", "label": "Token"}]
SHOP = "https://{settings.shop}.myshopify.com/admin"


def based_at(url: str, **more: Any) -> dict[str, Any]:
    """A provider with that base address."""
    return provider_input(connection=declarative_connection(baseUrl=url), **more)


@pytest.mark.parametrize(
    "data",
    [
        based_at(SHOP),
        based_at("https://api-{settings.region}.{settings.zone}.example.com/"),
        based_at("https://{credential.host}:443/x", authType="custom", credentialFields=TYPED),
        oauth_input(tokenUrl=f"{SHOP}/token", authorizationUrl=f"{SHOP}/authorize", revocationUrl=f"{SHOP}/revoke"),
        oauth_input(tokenUrl="https://login.example.co.uk/{settings.tenant}/token?for={account.id}"),
    ],
)
def test_a_label_below_the_vendors_domain_and_a_typed_host_may_be_chosen(data: dict[str, Any]) -> None:
    assert parse(data)


HOSTS = [
    "https://{settings.host}/t",
    "https://{settings.host}:443/t",
    "https://{settings.shop}.com/t",
    "https://{settings.shop}.co.uk/t",
    "https://{settings.shop}.0.1/t",
    "https://shop{settings.rest}/t",
    "https://shop.{settings.domain}/t",
    "https://x.example.com{settings.rest}/t",
    "https://{settings.a}.{settings.b}/t",
    "https://{settings.a}example.com/t",
    "https://login.example.com:{settings.port}/t",
    "https://{settings.user}@login.example.com/t",
    "{settings.scheme}://login.example.com/t",
    "http{settings.s}://login.example.com/t",
]


@pytest.mark.parametrize("url", HOSTS)
@pytest.mark.parametrize("field", ["tokenUrl", "revocationUrl", "authorizationUrl"])
def test_nobody_chooses_where_the_hubs_client_secret_goes(url: str, field: str) -> None:
    with pytest.raises(DefinitionInvalidError) as caught:
        parse(oauth_input(**{field: url}))
    assert set(caught.value.details["fields"]) == {f"oauthConfig.{field}"}


@pytest.mark.parametrize("url", HOSTS)
def test_no_setting_chooses_where_a_credential_goes(url: str) -> None:
    with pytest.raises(DefinitionInvalidError) as caught:
        parse(based_at(url))
    assert "connection.baseUrl" in caught.value.details["fields"]


def test_only_a_typed_credential_brings_its_host_with_it() -> None:
    base = provider_input(
        credentialFields=TYPED, connection=declarative_connection(baseUrl="https://{credential.host}")
    )
    with pytest.raises(DefinitionInvalidError, match="whole host"):
        parse(oauth_input() | {name: base[name] for name in ("credentialFields", "connection")})
    with pytest.raises(DefinitionInvalidError, match="whole host"):
        parse(oauth_input(tokenUrl="https://{credential.host}/token") | {"credentialFields": TYPED})


def test_another_placeholder_is_another_host() -> None:
    connection = declarative_connection(baseUrl="https://{credential.host}")
    connection["entities"][0]["path"] = "https://{settings.host}/accounts"
    with pytest.raises(DefinitionInvalidError, match="goes nowhere else"):
        parse(provider_input(authType="custom", credentialFields=TYPED, connection=connection))
