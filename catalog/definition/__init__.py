"""Providers as data: one schema for the files that the hub ships, the API and the admin."""

from catalog.definition.connection import (
    AccountCall,
    Auth,
    Connection,
    ErrorRule,
    Errors,
    HealthCall,
    RateLimit,
    RetryAfter,
)
from catalog.definition.entities import (
    CursorPaging,
    Entity,
    Field,
    Incremental,
    LinkPaging,
    LiveSearch,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
)
from catalog.definition.hosts import PLACEHOLDER, misplaced, whole_host
from catalog.definition.oauth import AccountSource, IdentityCall, OAuthConfig, TokenPaths
from catalog.definition.provider import (
    AvailableEntity,
    Coverage,
    CredentialField,
    EntityMapping,
    ProviderDefinition,
    SearchCapabilities,
    Webhooks,
)
from catalog.definition.reading import DefinitionInvalidError, parse, to_json

__all__ = [
    "PLACEHOLDER",
    "AccountCall",
    "AccountSource",
    "Auth",
    "AvailableEntity",
    "Connection",
    "Coverage",
    "CredentialField",
    "CursorPaging",
    "DefinitionInvalidError",
    "Entity",
    "EntityMapping",
    "ErrorRule",
    "Errors",
    "Field",
    "HealthCall",
    "IdentityCall",
    "Incremental",
    "LinkPaging",
    "LiveSearch",
    "NoPaging",
    "OAuthConfig",
    "OffsetPaging",
    "PagePaging",
    "Paging",
    "ProviderDefinition",
    "RateLimit",
    "RetryAfter",
    "SearchCapabilities",
    "TokenPaths",
    "Webhooks",
    "misplaced",
    "parse",
    "to_json",
    "whole_host",
]
