"""The definition of a provider: what document 003 states of one, and what the hub needs to work with it."""

from typing import Annotated, Literal

from msgspec import Meta, field

from catalog.definition.connection import Connection
from catalog.definition.entities import Entity
from catalog.definition.oauth import OAuthConfig
from catalog.definition.words import (
    Audience,
    AuthType,
    Category,
    Colour,
    Dotted,
    Header,
    Icon,
    Label,
    Line,
    Name,
    Part,
    Plan,
    Prose,
    Seconds,
    Secret,
    Slug,
    Status,
    SyncDirection,
    Version,
)

Does = Literal["yes", "no", "not yet", "on full syncs"]
Entities = Annotated[list[Name], Meta(max_length=100)]
Words = Annotated[list[Label], Meta(max_length=50)]


class AvailableField(Part, frozen=True):
    """A field of a data type, for people to read."""

    name: Label
    type: Label | None = None
    label: Label | None = None
    description: Prose | None = None


class AvailableEntity(Part, frozen=True):
    """A data type that the provider has; fields are names, or names with more about them."""

    name: Name
    display_name: Label | None = None
    description: Prose | None = None
    fields: Annotated[list[Label | AvailableField], Meta(max_length=200)] = field(default_factory=list)


class EntityMapping(Part, frozen=True):
    """The shard type that a data type is kept as."""

    entity: Name
    shard_type: Label
    field_mappings: Annotated[dict[Label, Label], Meta(max_length=200)] = field(default_factory=dict)


class SearchCapabilities(Part, omit_defaults=False, frozen=True):
    """How records can be searched."""

    full_text: bool = False
    field_specific: bool = False
    filtered: bool = False


class CredentialField(Part, frozen=True):
    """Something that a person types in to connect."""

    name: Name
    label: Label
    secret: bool = True
    required: bool = True
    help: Line | None = None
    pattern: Annotated[str, Meta(max_length=200)] | None = None


class Webhooks(Part, frozen=True):
    """How the provider's webhooks are signed and whom they concern.

    `secretField` names the credential or setting that holds the key where each account has its own; `secret` is the one
    that the hub's app has with the provider, and is never given back. `entities` maps the beginnings of event types to
    data types.
    """

    scheme: Literal["stripe", "slack", "hmac_hex", "hmac_base64"]
    header: Header
    timestamp_header: Header | None = None
    tolerance_seconds: Seconds | None = None
    secret: Secret | None = None
    secret_field: Name | None = None
    event_id_path: Dotted | None = None
    account_path: Dotted | None = None
    entities: Annotated[dict[Label, Name], Meta(max_length=100)] = field(default_factory=dict)


class Coverage(Part, omit_defaults=False, frozen=True):
    """What the hub does with a data type today."""

    read: Does = "no"
    incremental: Does = "no"
    deletes: Does = "no"
    push: Does = "no"
    webhook: Does = "no"


class ProviderDefinition(Part, omit_defaults=False, frozen=True):
    """A provider as data: the body of document 003's "Create Integration Provider", and how the hub works with it."""

    name: Label
    display_name: Label
    category: Category
    provider: Slug
    status: Status
    audience: Audience
    capabilities: Words
    supported_sync_directions: Annotated[list[SyncDirection], Meta(max_length=3)]
    supports_realtime: bool
    supports_webhooks: bool
    supports_notifications: bool
    supports_search: bool
    requires_user_scoping: bool
    auth_type: AuthType
    available_entities: Annotated[list[AvailableEntity], Meta(max_length=100)]
    icon: Icon
    color: Colour
    version: Version
    description: Prose = ""
    searchable_entities: Entities = field(default_factory=list)
    search_capabilities: SearchCapabilities = field(default_factory=SearchCapabilities)
    oauth_config: OAuthConfig | None = None
    entity_mappings: Annotated[list[EntityMapping], Meta(max_length=100)] = field(default_factory=list)
    is_premium: bool = False
    required_plan: Plan | None = None
    features: Words = field(default_factory=list)
    credential_fields: Annotated[list[CredentialField], Meta(max_length=20)] = field(default_factory=list)
    connection: Connection | None = None
    webhooks: Webhooks | None = None
    coverage: Annotated[dict[Name, Coverage], Meta(max_length=100)] = field(default_factory=dict)
    connector: Slug | None = None

    def entity(self, name: str) -> Entity | None:
        """The data type of that name, as the connection describes it; None where it has none."""
        return next((entity for entity in self.entities if entity.name == name), None)

    @property
    def entities(self) -> list[Entity]:
        """The data types that can be synced."""
        return self.connection.entities if self.connection else []

    @property
    def fields_to_type_in(self) -> list[CredentialField]:
        """What a person types in to connect; none for OAuth 2."""
        return self.credential_fields or list(_USUAL_FIELDS.get(self.auth_type, ()))


_USUAL_FIELDS: dict[str, tuple[CredentialField, ...]] = {
    "api_key": (CredentialField(name="apiKey", label="API key"),),
    "basic": (
        CredentialField(name="username", label="User name", secret=False),
        CredentialField(name="password", label="Password"),
    ),
}
