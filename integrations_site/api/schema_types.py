"""How the hub's authentication and fields are described; drf-spectacular finds the classes by their names."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Access tokens of the hub's own OAuth server."""

    target_class = "integrations_site.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A JWT in the Authorization header."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of `POST /oauth/token` (client credentials, or code with PKCE); "
            "see `/.well-known/oauth-authorization-server`.",
        }


class PublicIds(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Public ids, such as `case-0199…`."""

    target_class = "integrations_site.api.fields.PublicIdField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """A text of a known form."""
        kind = self.target.kind
        return {
            "type": "string",
            "pattern": f"^{kind}-[0-9a-f]{{32}}$",
            "examples": [f"{kind}-019a2f4c8e5b7d3f9a1c2e4b6d8f0a13"],
        }


class Currencies(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Currencies. All 160 codes in each body would bury the other fields."""

    target_class = "integrations_site.api.fields.CurrencyField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """A text of a known form."""
        return {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "examples": ["EUR"],
            "description": "A code of ISO 4217.",
        }


class ExactNumbers(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Amounts, prices and quantities: JSON numbers, exact to their last digit."""

    target_class = "integrations_site.api.fields.ExactField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """A number with a bounded number of decimals."""
        field = self.target
        schema: dict[str, Any] = {
            "type": "number",
            "description": f"Exact; at most {field.max_digits - field.decimal_places} digits before the point "
            f"and {field.decimal_places} decimals.",
        }
        if field.min_value is not None:
            schema["minimum"] = float(field.min_value)
        if field.max_value is not None:
            schema["maximum"] = float(field.max_value)
        return schema
