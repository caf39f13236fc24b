"""Definitions in the API's description: their schema (JSON Schema) is made of the types that check them."""

import copy
import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from catalog.api.examples import ANSWERED, ENTERED, PATCH
from catalog.definition import ProviderDefinition

_PREFIX = "Provider"
_ROOT = "ProviderDefinition"
_SECRETS = {"OAuthConfig": ("clientSecret", "hasClientSecret"), "Webhooks": ("secret", "hasSecret")}
_OPTIONAL = {"oauthConfig", "requiredPlan", "connection", "webhooks", "connector"}
# How a part is named in what msgspec gives, which knows neither prefix nor variant.
_REFERENCE = "part:{name}"
_NAMED = re.compile(r"part:(\w+)")
_INSTANT = {"type": "string", "format": "date-time"}
_OF_ANSWERS = {
    "id": {"type": "string", "pattern": "^prov-[0-9a-f]{32}$"},
    "createdAt": _INSTANT,
    "updatedAt": _INSTANT,
    "isShipped": {"type": "boolean", "description": "Whether it came with the hub."},
    "changed": {
        "type": "object",
        "additionalProperties": True,
        "description": "What a super admin changed about a shipped one: a merge patch (RFC 7396).",
    },
}


class ProviderShape(serializers.Serializer[Any]):
    """Stands for a body in the description; bodies are read by `catalog.definition`."""


class ProviderInput(ProviderShape):
    """A provider that is entered."""


class ProviderPatch(ProviderShape):
    """What of a provider changes."""


class ProviderDocument(ProviderShape):
    """A provider as super admins see it."""


class ProviderShapes(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes the three bodies; drf-spectacular finds the class by its base."""

    target_class = "catalog.api.shapes.ProviderShape"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        """The component's name."""
        return str(type(self.target).__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """The body's schema; the schemas of its parts become components of their own."""
        variant = _VARIANTS[type(self.target)]
        components = _components(variant)
        for name, schema in components.items():
            if name != _ROOT:
                component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name)  # type: ignore[no-untyped-call]
                auto_schema.registry.register_on_missing(component)
        return copy.deepcopy(components[_ROOT])


_VARIANTS = {ProviderInput: "", ProviderPatch: "Patch", ProviderDocument: "Answer"}


@cache
def _components(variant: str) -> dict[str, Any]:
    """The schemas of a variant, by name: the body under _ROOT, and its parts as the description names them."""
    _, plain = msgspec.json.schema_components([ProviderDefinition], ref_template=_REFERENCE)
    own = _own(variant, plain)
    found = {}
    for name, schema in plain.items():
        if name in own:
            named = _ROOT if name == _ROOT else f"{_PREFIX}{name}{variant}"
            found[named] = _varied(name, _renamed(schema, variant, own), variant)
        else:
            found[f"{_PREFIX}{name}"] = _renamed(schema, "", set())
    return found


def _own(variant: str, plain: Mapping[str, Any]) -> set[str]:
    """Which parts are other in this variant than in what is entered, besides those that hold such parts."""
    if variant == "Answer":
        return {_ROOT, *_SECRETS}
    if variant == "Patch":  # what stands in lists is replaced as a whole
        return {name for name, schema in plain.items() if "required" in schema} - _in_lists(plain)
    return {_ROOT}


def _in_lists(schema: Any) -> set[str]:
    """The parts that stand in lists."""
    found: set[str] = set()
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "items":
                found |= set(_NAMED.findall(json.dumps(value)))
            else:
                found |= _in_lists(value)
    return found


def _renamed(schema: Any, variant: str, own: Collection[str]) -> Any:
    """The schema, where it refers to parts that are other in this variant, with references to those."""
    text = _NAMED.sub(
        lambda match: f"#/components/schemas/{_PREFIX}{match[1]}{variant if match[1] in own else ''}",
        json.dumps(schema),
    )
    return json.loads(text)


def _varied(name: str, schema: dict[str, Any], variant: str) -> dict[str, Any]:
    schema.pop("title", None)
    if variant == "Patch":
        del schema["required"]
    if variant == "Answer" and name in _SECRETS:
        secret, flag = _SECRETS[name]
        del schema["properties"][secret]
        schema["properties"][flag] = {"type": "boolean"}
    return schema | _about(schema, variant) if name == _ROOT else schema


def _about(schema: Mapping[str, Any], variant: str) -> dict[str, Any]:
    """What a body has besides its parts."""
    if variant == "Patch":
        about = "A merge patch (RFC 7396): objects are merged, lists are replaced, null removes what may be left out."
        return {"description": about, "examples": [PATCH]}
    if variant == "Answer":
        properties = {**schema["properties"], **_OF_ANSWERS}
        about = "A provider. Secrets are never given back."
        required = sorted(properties.keys() - _OPTIONAL)
        return {"description": about, "properties": properties, "required": required, "examples": [ANSWERED]}
    return {"examples": [ENTERED]}
