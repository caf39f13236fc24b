"""The REST API."""

from typing import Any

from integrations_site.settings import environment as env
from integrations_site.settings.components.core import HUB_BASE_URL

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["integrations_site.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["integrations_site.api.permissions.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["integrations_site.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["integrations_site.api.parsing.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "integrations_site.api.pagination.OffsetPagination",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "integrations_site.api.filters.Search",
        "integrations_site.api.filters.Sorting",
    ],
    "DEFAULT_SCHEMA_CLASS": "integrations_site.api.schema.HubSchema",
    "EXCEPTION_HANDLER": "integrations_site.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "URL_FORMAT_OVERRIDE": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ",
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
    # Choices stand where they are used: as components they would need a name each.
    "POSTPROCESSING_HOOKS": ["integrations_site.api.examples.add_examples"],
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "deepLinking": True},
    "SERVERS": [{"url": HUB_BASE_URL}],
}

# Requests a minute and tenant, by the class of a path (documents 000, 002 and 003); strangers are counted by address,
# syncs by connection, and as "integration" too.
RATE_LIMITS = {
    "ledger": 100,
    "provider": 100,
    "integration": 200,
    "connection": 50,
    "connection_creation": 5,
    "oauth": 20,
    "sync": 10,
    "search": 30,
    "widget": 100,
    "anonymous": 60,
}
for _class in RATE_LIMITS:
    RATE_LIMITS[_class] = env.number(f"RATE_LIMIT_{_class.upper()}", RATE_LIMITS[_class])

API_MAX_BODY_BYTES = env.number("HUB_MAX_BODY_BYTES", 25 * 1024 * 1024)
API_MAX_JSON_DEPTH = 32
# How far into a list a caller may skip; filters lead further.
API_MAX_OFFSET = 100_000
IDEMPOTENCY_KEY_HOURS = 24
