"""The sandbox's records against what the vendors publish: every name is one of theirs, every choice allowed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from integrations_site.sandbox.clock import Clock
from integrations_site.sandbox.data import Shape, Table
from integrations_site.sandbox.vendors.quickbooks.shapes import SHAPES as QUICKBOOKS
from integrations_site.sandbox.vendors.stripe.shapes import SHAPES as STRIPE
from integrations_site.sandbox.vendors.xero.shapes import IDS
from integrations_site.sandbox.vendors.xero.shapes import SHAPES as XERO

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
XS = {"xs": "http://www.w3.org/2001/XMLSchema"}
pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="the vendors' specifications are not here")


def _records(shape: Shape) -> Iterator[dict[str, Any]]:
    table = Table(shape, account="a", seed="official", size=200, clock=Clock())
    assert all(
        table.index_of(table.id_of(index)) == index for index in range(200 if shape.most is None else shape.most)
    )
    yield from (json.loads(table.record(index)) for index in table.live())


@pytest.mark.parametrize("entity", STRIPE)
def test_stripe_names_are_those_of_its_sample_objects(entity: str) -> None:
    samples = json.loads((SPECS / "stripe" / "fixtures3.json").read_text())["resources"]
    sample = samples[entity[:-1]]
    for record in _records(STRIPE[entity]):
        assert record.keys() <= sample.keys()
        for name, value in record.items():
            if value is not None and sample[name] is not None:
                assert isinstance(value, type(sample[name])), name


def _of_type(types: dict[str, etree._Element], name: str) -> set[str]:
    """The elements of a type and of those that it extends."""
    node = types[name]
    names = {str(one.get("name") or one.get("ref")).rpartition(":")[2] for one in node.iterfind(".//xs:element", XS)}
    bases = (str(one.get("base")).rpartition(":")[2] for one in node.iterfind(".//xs:extension", XS))
    return names.union(*(_of_type(types, base) for base in bases if base in types))


@pytest.mark.parametrize("entity", QUICKBOOKS)
def test_quickbooks_names_are_those_of_intuits_schema(entity: str) -> None:
    trees = [etree.parse(path) for path in sorted((SPECS / "quickbooks" / "intuit-xsd").glob("*.xsd"))]
    types = {str(one.get("name")): one for tree in trees for one in tree.getroot().iterfind("xs:complexType", XS)}
    known = _of_type(types, entity)
    for record in _records(QUICKBOOKS[entity]):
        assert record.keys() <= known, record.keys() - known


@pytest.fixture(scope="module")
def xero_schemas() -> dict[str, Any]:
    """The schemas of Xero's accounting API."""
    with (SPECS / "xero" / "xero_accounting.yaml").open() as file:
        schemas: dict[str, Any] = yaml.load(file, yaml.CSafeLoader)["components"]["schemas"]
    return schemas


@pytest.mark.parametrize("entity", XERO)
def test_xero_names_and_choices_are_those_of_its_specification(xero_schemas: dict[str, Any], entity: str) -> None:
    known = xero_schemas[IDS[entity].removesuffix("ID")]["properties"]
    for record in _records(XERO[entity]):
        # Beside each date stands a readable one, which the specification leaves out.
        named = {name for name in record if not name.endswith("String")}
        assert named <= known.keys(), named - known.keys()
        for name in named:
            if "enum" in known[name]:
                assert record[name] in known[name]["enum"]
