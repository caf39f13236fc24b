"""A provider that nobody coded, as a super admin would enter it, for the API's description."""

from typing import Any

ENTERED: dict[str, Any] = {
    "name": "acme-crm",
    "displayName": "Acme CRM",
    "description": "A customer database",
    "category": "crm",
    "provider": "acme-crm",
    "status": "active",
    "audience": "tenant",
    "capabilities": ["read"],
    "supportedSyncDirections": ["pull"],
    "supportsRealtime": False,
    "supportsWebhooks": False,
    "supportsNotifications": False,
    "supportsSearch": True,
    "searchableEntities": ["customers"],
    "requiresUserScoping": False,
    "authType": "api_key",
    "availableEntities": [{"name": "customers", "displayName": "Customers"}],
    "icon": "groups",
    "color": "#3366ff",
    "version": "1.0.0",
    "connection": {
        "baseUrl": "https://api.acme.example/v2",
        "auth": {"placement": "header", "name": "X-Api-Key", "prefix": ""},
        "rateLimits": [{"requests": 10, "seconds": 1}],
        "health": {"path": "/me"},
        "entities": [
            {
                "name": "customers",
                "path": "/customers",
                "records": "data",
                "id": "id",
                "paging": {
                    "type": "cursor",
                    "parameter": "after",
                    "cursorPath": "paging.next",
                    "sizeParameter": "limit",
                    "size": 100,
                },
                "incremental": {"fieldPath": "updated_at", "parameter": "updated_since", "format": "iso"},
                "fields": [
                    {"name": "id", "path": "id", "type": "text", "required": True},
                    {"name": "name", "path": "company.name", "type": "text"},
                    {"name": "updatedAt", "path": "updated_at", "type": "instant", "format": "iso"},
                ],
                "title": ["name"],
                "searchable": ["name"],
                "date": "updatedAt",
            }
        ],
    },
}
PATCH: dict[str, Any] = {"displayName": "Acme CRM 2", "connection": {"rateLimits": [{"requests": 5, "seconds": 1}]}}
ANSWERED: dict[str, Any] = {
    **ENTERED,
    "id": "prov-019a2f4c8e5b7d3f9a1c2e4b6d8f0a13",
    "createdAt": "2026-10-31T12:00:00Z",
    "updatedAt": "2026-10-31T12:00:00Z",
    "searchCapabilities": {"fullText": False, "fieldSpecific": False, "filtered": False},
    "entityMappings": [],
    "isPremium": False,
    "features": [],
    "credentialFields": [],
    "coverage": {},
    "isShipped": False,
    "changed": {},
}
