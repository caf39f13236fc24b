"""The vendors' own specifications as an independent check of what connectors send, where that folder is there."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree

_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "specs"
_INTUIT_FILES = ("Finance", "IntuitBaseTypes", "IntuitNamesTypes", "IntuitRestServiceDef")
_XSD = {"xs": "http://www.w3.org/2001/XMLSchema"}


@cache
def check_request() -> ModuleType:
    """The checker, which remembers what it has read. Skips the test where the folder is not there."""
    file = _FOLDER / "check_request.py"
    if not file.exists():
        pytest.skip("the vendors' specifications are not there")
    spec = importlib.util.spec_from_file_location("check_request", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def problems(vendor: str, method: str, path: str, **given: Any) -> list[str]:
    """What the specification has against a request."""
    found: list[str] = check_request().problems(vendor, method, path, **given)
    return found


@cache
def intuit_schema() -> tuple[frozenset[str], frozenset[str]]:
    """Types and elements that Intuit's schema declares. It has no specification of requests."""
    files = [_FOLDER / "quickbooks" / "intuit-xsd" / f"{name}.xsd" for name in _INTUIT_FILES]
    if not all(file.exists() for file in files):
        pytest.skip("the vendors' specifications are not there")
    schemas = [etree.fromstring(file.read_bytes()) for file in files]
    return _names(schemas, "complexType"), _names(schemas, "element")


def _names(schemas: list[etree._Element], kind: str) -> frozenset[str]:
    return frozenset(str(one.get("name")) for schema in schemas for one in schema.iterfind(f".//xs:{kind}", _XSD))
