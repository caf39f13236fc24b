"""The API's description: complete, valid, and served without anybody else's help."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.clients import ApiCaller


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The description as a program gets it."""
    found: dict[str, Any] = ApiCaller().get("/api/schema").json()
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every path, method and operation."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_makes_no_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


def test_it_is_openapi_3_1(description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(description).validate()


def test_json_and_yaml() -> None:
    answer = ApiCaller().get("/api/schema", headers={"Accept": "application/yaml"})
    assert answer["Content-Type"] == "application/yaml"
    assert answer.content.startswith(b"openapi: 3.1.0")
    assert {"X-RateLimit-Limit", "X-Request-ID"} <= set(answer.headers)


def test_every_operation_names_its_errors_and_its_headers(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        wanted = {"429", "500", "503"}
        if "security" in operation and operation["security"] != [{}]:
            wanted |= {"401", "403"}
        if "{" in path:
            wanted |= {"404"}
        if "requestBody" in operation:
            wanted |= {"400", "413", "415"}
        assert wanted <= operation["responses"].keys(), (method, path)
        succeeded = [answer for status, answer in operation["responses"].items() if status < "400"]
        assert succeeded, (method, path)
        assert all("X-RateLimit-Remaining" in answer["headers"] for answer in succeeded), (method, path)


def test_every_error_has_an_example_in_its_own_form(description: dict[str, Any]) -> None:
    for name, answer in description["components"]["responses"].items():
        assert name[-3:].isdigit()
        [example] = answer["content"]["application/json"]["examples"].values()
        assert example["value"]


def test_every_post_takes_an_idempotency_key(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        references = [parameter.get("$ref", "") for parameter in operation.get("parameters", [])]
        takes_key = "#/components/parameters/IdempotencyKey" in references
        assert takes_key == (method == "post" and "security" in operation and operation["security"] != [{}]), (
            method,
            path,
        )


def test_a_list_says_how_it_is_narrowed_searched_and_sorted(description: dict[str, Any]) -> None:
    for path, told in (("/api/cases", {"status"}), ("/api/audit-log", {"action"}), ("/api/vendors", {"code"})):
        names = {parameter.get("name") for parameter in description["paths"][path]["get"]["parameters"]}
        assert names >= told | {"search", "sortBy", "sortOrder", "limit", "offset"}, path


def test_nothing_of_it_comes_from_elsewhere() -> None:
    page = ApiCaller().get("/api/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert len(addresses) == 5
    for address in addresses:
        assert address.startswith("/")
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    assert "<script>" not in page.content.decode()
    script = ApiCaller().get("/api/docs", script="")
    assert script["Content-Type"] == "application/javascript"
    assert b"/api/schema" in script.content


def test_every_operation_has_a_summary_and_every_answer_a_description(description: dict[str, Any]) -> None:
    summaries: dict[str, tuple[str, str]] = {}
    for path, method, operation in operations(description):
        assert 3 < len(operation["summary"]) < 120, (method, path)
        assert summaries.setdefault(operation["summary"], (method, path)) == (method, path)
        assert all(answer.get("description") or "$ref" in answer for answer in operation["responses"].values())


def test_every_body_has_an_example_that_its_schema_permits(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            content = body.get("content", {}).get("application/json")
            if content and "example" in content:
                schema = content["schema"] | {"components": description["components"]}
                found = [error.message for error in OAS31Validator(schema).iter_errors(content["example"])]
                assert found == [], (method, path)
            assert content is None or content.keys() & {"example", "examples"}, (method, path)
