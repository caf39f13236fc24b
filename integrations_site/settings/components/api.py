"""The REST API."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["integrations_site.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["integrations_site.api.permissions.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["integrations_site.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["integrations_site.api.parsing.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "integrations_site.api.pagination.OffsetPagination",
    "DEFAULT_FILTER_BACKENDS": ["integrations_site.api.filters.Filters", "integrations_site.api.filters.Sorting"],
    "DEFAULT_SCHEMA_CLASS": "integrations_site.api.schema.HubSchema",
    "EXCEPTION_HANDLER": "integrations_site.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": False,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Integration hub",
    "DESCRIPTION": "Cases to stock, payables and the books; exports, rollbacks, webhooks, audit.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# Requests a minute and tenant, by the class of a path (documents 000 and 003).
RATE_LIMITS = {"ledger": 100, "provider": 100, "integration": 200, "connection": 50, "search": 30, "widget": 100}
