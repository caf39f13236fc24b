"""Examples in the API's description: one of each body, made of the body's schema, so that none is ever out of date."""

from collections.abc import Mapping
from typing import Any

_REFERENCE = "#/components/schemas/"
_NULL = object()
_USER, _CASE, _VENDOR = (f"{kind}-019a2f4c8e5b7d3f9a1c2e4b6d8f0a13" for kind in ("user", "case", "vendor"))
# What stands in fields of these names, in every schema or in one (`Schema.field`). The figures of a case agree.
_VALUES: Mapping[str, Any] = {
    "invoice_number": "VDK-2026-04417", "invoice_date": "2026-10-31", "due_date": "2026-11-30", "kind": "invoice",
    "currency": "EUR", "subtotal": 500, "tax": 105, "total": 605, "prepaid": 0, "rounding": 0, "payable": 605,
    "taxable": 500, "amount": 605, "CaseTax.amount": 105, "CaseTaxRequest.amount": 105, "base_amount": 653.4,
    "OpenBills.total": 1, "StockValuation.total": 1, "value": 500, "quantity": 5, "unit_price": 100, "unit_cost": 100,
    "line_total": 500, "tax_rate": 21, "tax_category": "S", "unit_code": "C62", "rate": 21, "category": "S",
    "ExchangeRate.rate": 1.08, "ExchangeRateRequest.rate": 1.08, "PatchedExchangeRateRequest.rate": 1.08,
    "LineItem.category": "", "LineItemRequest.category": "", "Mapping.category": "office", "Mapping.vendor_id": _NULL,
    "MappingRequest.category": "office", "MappingRequest.vendor_id": _NULL, "purpose": "expense",
    "Mapping.item_id": _NULL, "MappingRequest.item_id": _NULL,
    "sku": "PAPER-A4", "vendor_sku": "VDK-1080", "internal_sku": "PAPER-A4", "description": "Copy paper A4",
    "name": "Van Dijk Kantoorpartners", "vendor_name": "Van Dijk Kantoorpartners", "code": "VANDIJK",
    "tax_id": "NL000099998B57", "email": "billing@vandijk.example", "terms_days": 30,
    "Account.code": "6300", "Account.name": "Office supplies", "AccountBalance.code": "6300",
    "AccountRequest.parent_id": _NULL,
    "AccountRequest.code": "6310", "AccountRequest.name": "Paper", "AccountRequest.type": "expense",
    "AccountBalance.name": "Office supplies", "AccountBalance.type": "expense", "account": "6300",
    "account_name": "Office supplies", "account_code": "6300", "debit": 605, "credit": 0, "JournalLine.credit": _NULL,
    "balance": 605, "total_debits": 605, "total_credits": 605, "difference": 0, "memo": "Van Dijk VDK-2026-04417",
    "buyer_reference": "", "order_reference": "PO-1042", "preceding_invoice": "", "source": "api",
    "submitted_by": _USER, "approved_by": _USER, "posted_by": _USER, "created_by": _USER, "actor": _USER,
    "actor_label": "admin@trading.example", "action": "case.approved", "subject": _CASE, "case_id": _CASE,
    "vendor_id": _VENDOR, "reason": "Counted again", "AdjustmentRequest.kind": "adjustment",
    "RejectionRequest.reason": "The quantity is wrong", "rejection_reason": "", "review": _NULL, "differences": [],
    "url": "https://example.com/hook", "events": ["integration.rolled_back"], "approval_limit": 1000,
    "locked_until": _NULL, "systems": ["inventory", "ap", "accounting"], "results": {"ap": {"status": "created"}},
    "rollback_status": {"ap": "success", "inventory": "success"}, "errors": [], "error": _NULL,
    "limit": 50, "offset": 0, "hasMore": False, "nextOffset": _NULL,
}  # fmt: skip
_OF_FORMATS: Mapping[str, Any] = {
    "date": "2026-10-31",
    "date-time": "2026-10-31T12:00:00Z",
    "uri": "https://example.com/hook",
    "email": "billing@vandijk.example",
}
_OF_TYPES: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True}


def add_examples(result: Any, **_: Any) -> Any:
    """The description with an example in each body of JSON that has none; drf-spectacular's postprocessing hook."""
    maker = _Maker(result["components"]["schemas"])
    for operations in result["paths"].values():
        for operation in operations.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (body.get("content", {}).get("application/json") for body in bodies):
                if content and not content.keys() & {"example", "examples"}:
                    content["example"] = maker.example(content["schema"])
    return result


class _Maker:
    """Makes examples of schemas that refer to these components."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self._components = components

    def example(self, schema: Mapping[str, Any], *, owner: str = "", name: str = "") -> Any:
        """A value of the schema, which is that of the field `name` of the component `owner`."""
        if reference := schema.get("$ref"):
            owner = reference.removeprefix(_REFERENCE)
            return self.example(self._components[owner], owner=owner, name=name)
        if known := self._known(schema, owner, name):
            return known[0]
        for group in ("allOf", "oneOf", "anyOf"):
            if group in schema:
                return self.example(schema[group][0], owner=owner, name=name)
        return self._made(schema, owner, name)

    def _known(self, schema: Mapping[str, Any], owner: str, name: str) -> list[Any]:
        """The value that the field is known by, or that the schema names, if any."""
        if f"{owner}.{name}" in _VALUES:
            return [_json(_VALUES[f"{owner}.{name}"])]
        if "examples" in schema:
            return list(schema["examples"])
        if name in _VALUES and "properties" not in schema and _permits(schema, _VALUES[name]):
            return [_json(_VALUES[name])]
        return list(schema.get("enum", []))

    def _made(self, schema: Mapping[str, Any], owner: str, name: str) -> Any:
        kind = _kinds(schema)[0]
        if kind == "object":
            properties = schema.get("properties", {})
            return {field: self.example(inner, owner=owner, name=field) for field, inner in properties.items()}
        if kind == "array":
            return [self.example(schema["items"], owner=owner, name=name)]
        return _OF_FORMATS.get(schema.get("format", ""), _OF_TYPES.get(kind))


def _json(value: Any) -> Any:
    return None if value is _NULL else value


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The types of a value; a schema without any takes an object."""
    kinds = schema.get("type", "object")
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _permits(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value that other schemas have for a field of this name is one of this schema as well."""
    if value is _NULL:
        return "null" in _kinds(schema)
    if "enum" in schema:
        return value in schema["enum"]
    types = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
    kind = types[type(value)]
    return kind in _kinds(schema) or (kind == "number" and "integer" in _kinds(schema))
