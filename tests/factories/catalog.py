"""Providers."""

import itertools
from typing import Any

from catalog.models import Provider
from catalog.services.providers import create_provider
from integrations_site.audit.types import HUB

_numbers = itertools.count(1)


def provider_input(**more: Any) -> dict[str, Any]:
    """The body that enters a provider with an API key and no connection, as document 003 states it."""
    slug = f"acme-{next(_numbers)}"
    return {
        "name": slug,
        "displayName": "Acme CRM",
        "description": "A customer database",
        "category": "crm",
        "provider": slug,
        "status": "active",
        "audience": "tenant",
        "capabilities": ["read"],
        "supportedSyncDirections": ["pull"],
        "supportsRealtime": False,
        "supportsWebhooks": False,
        "supportsNotifications": False,
        "supportsSearch": True,
        "searchableEntities": ["Account"],
        "searchCapabilities": {"fullText": True, "fieldSpecific": False, "filtered": False},
        "requiresUserScoping": False,
        "authType": "api_key",
        "availableEntities": [{"name": "Account", "fields": ["Id", "Name"]}],
        "entityMappings": [{"entity": "Account", "shardType": "c_account"}],
        "icon": "building",
        "color": "#3366ff",
        "version": "1.0.0",
    } | more


def oauth_input(**more: Any) -> dict[str, Any]:
    """The body that enters a provider with OAuth 2; `more` is for its `oauthConfig`."""
    config = {"authorizationUrl": "https://acme.example/authorize", "tokenUrl": "https://acme.example/token"}
    return provider_input(authType="oauth2", oauthConfig=config | more)


def declarative_connection(**more: Any) -> dict[str, Any]:
    """A declarative connection with one data type, `Account`."""
    return {
        "baseUrl": "https://api.acme.example/v2",
        "entities": [
            {
                "name": "Account",
                "path": "/accounts",
                "records": "data",
                "id": "id",
                "paging": {"type": "cursor", "parameter": "after", "cursorPath": "next"},
                "fields": [
                    {"name": "id", "path": "id", "type": "text"},
                    {"name": "name", "path": "company.name", "type": "text"},
                ],
                "title": ["name"],
                "searchable": ["name"],
            }
        ],
    } | more


def make_provider(**more: Any) -> Provider:
    """A provider that a super admin has entered."""
    return create_provider(data=provider_input(**more), actor=HUB)
