"""Requests that many tests send."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from catalog.models import Provider
from tests.api.clients import ApiCaller

RETURN = "http://127.0.0.1:8000/integrations/done"


def add_integration(admin: ApiCaller, provider: Provider, **more: Any) -> dict[str, Any]:
    """A new integration of the tenant."""
    body = {"integrationId": provider.public_id, "name": f"{provider.provider} of ours"} | more
    answer = admin.post("/api/tenant/integrations", body)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(address).query))


def code_of(answer: Any) -> str:
    """The code of an error in document 003's form."""
    return str(answer.json()["error"]["code"])
