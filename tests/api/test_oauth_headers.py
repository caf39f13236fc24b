"""Credentials in the header of a request at the token endpoint that are wrong, or there to mislead."""

import base64
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from integrations_site.tenancy.models import ApiClient, Tenant
from tests.api.clients import make_client

SECRET = "a secret that the hub would have made itself"


@pytest.fixture
def program(tenant: Tenant) -> ApiClient:
    """A client that asks for tokens of its own."""
    return make_client(tenant, client_secret=SECRET)


def ask(header: str, **form: str) -> Any:
    """A request for a token of the client's own, with an Authorization header as its bytes stand on the wire."""
    sent = header.encode().decode("latin-1")
    form = {"grant_type": "client_credentials"} | form
    return Client(raise_request_exception=False).post("/oauth/token", form, HTTP_AUTHORIZATION=sent)


def basic(name: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{SECRET}".encode()).decode()


@pytest.mark.parametrize("header", ["Basic é", "Basic \u0661", "Basic a", "Basic /w==", "Basic AAA=", "Basic"])
def test_a_header_that_cannot_be_read(db: None, header: str) -> None:
    answer = ask(header)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_another_name_in_the_header_is_no_way_around_the_limit(program: ApiClient, settings: Settings) -> None:
    settings.OAUTH_ATTEMPTS = {"client": 3, "address": 50}
    form = {"client_id": program.client_id, "client_secret": "wrong"}
    tries = [ask(basic(f"decoy{number}"), **form).status_code for number in range(4)]
    assert tries == [401, 401, 401, 429]
    assert ask(basic(program.client_id)).status_code == 429
