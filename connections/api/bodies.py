"""Bodies of requests and answers about integrations and connections, in the words of documents 002 and 003."""

import uuid
from typing import Any

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Provider
from catalog.services.errors import ProviderNotFoundError
from connections.models import Connection, Integration
from connections.services.credential_forms import LONGEST
from integrations_site.api.fields import BooleanField, ChoiceField, ListField, PublicIdField, TextField
from integrations_site.api.serializers import StrictModelSerializer, StrictSerializer
from integrations_site.kernel import ids
from integrations_site.tenancy.models import Tenant


class ObjectField(serializers.DictField):
    """A JSON object."""

    default_error_messages = {"not_a_dict": "An object is expected, in braces."}


@extend_schema_field(OpenApiTypes.ANY)
class RawJsonField(serializers.Field[Any, Any, Any, bytes]):
    """JSON that is handed on as it is, whatever it holds; bytes that are no text become U+FFFD."""

    def to_representation(self, value: bytes) -> orjson.Fragment:
        """The same text, as a part of the answer."""
        return orjson.Fragment(value.decode(errors="replace"))


class SecretField(TextField):
    """A credential: taken as it is, spaces and all, and never given back."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": LONGEST, "trim_whitespace": False, "write_only": True} | options))


class ProviderIdField(PublicIdField):
    """The id of a provider; what is none names no provider."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Provider.id_kind, **options)

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """The UUID. Raises ProviderNotFoundError."""
        found = ids.parse(self.kind, data)
        if found is None:
            raise ProviderNotFoundError.plainly()
        return found


_ALLOWED = "Data types that the provider maps to other shard types are neither synced nor shown. Empty: all may."


def _words(**options: Any) -> ListField:
    return ListField(child=TextField(max_length=100), max_length=100, required=False, **options)


class TenantIntegrationSerializer(StrictModelSerializer):
    """A tenant's integration (document 003's IntegrationDocument)."""

    integrationId = ProviderIdField(source="provider_id", help_text="The provider, of the catalog.")
    providerName = serializers.CharField(source="provider.provider", read_only=True)
    tenantId = PublicIdField(Tenant.id_kind, source="tenant_id", read_only=True)
    settings = ObjectField(required=False)
    allowedShardTypes = _words(source="allowed_shard_types", help_text=_ALLOWED)
    searchEnabled = BooleanField(source="search_enabled", required=False)
    searchableEntities = _words(source="searchable_entities", help_text="Empty: all that the provider has.")
    userScoped = BooleanField(
        source="user_scoped", required=False, help_text="Every user connects an account of their own."
    )
    enabledAt = serializers.DateTimeField(source="enabled_at", read_only=True)
    enabledBy = serializers.CharField(source="enabled_by", read_only=True)
    createdAt = serializers.DateTimeField(source="created_at", read_only=True)
    updatedAt = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Integration
        fields = (
            *("id", "integrationId", "providerName", "tenantId", "name", "description", "icon", "status", "settings"),
            *("allowedShardTypes", "searchEnabled", "searchableEntities", "userScoped", "enabledAt", "enabledBy"),
            *("createdAt", "updatedAt"),
        )
        read_only_fields = ("status",)


class TenantIntegrationChangesSerializer(TenantIntegrationSerializer):
    """What may change about an integration; its provider may not."""

    integrationId = ProviderIdField(source="provider_id", read_only=True)


class ActivatedSerializer(serializers.Serializer[Any]):
    """An integration that may work. `status` is `pending` where nobody has connected yet."""

    id = PublicIdField(Integration.id_kind, source="pk")
    status = serializers.ChoiceField(choices=Integration.Status.choices)
    enabledAt = serializers.DateTimeField(source="enabled_at")
    enabledBy = serializers.CharField(source="enabled_by")


class DeactivatedSerializer(serializers.Serializer[Any]):
    """An integration that rests."""

    id = PublicIdField(Integration.id_kind, source="pk")
    status = serializers.ChoiceField(choices=[Integration.Status.DISABLED])
    updatedAt = serializers.DateTimeField(source="updated_at")


class _Connecting(StrictSerializer):
    displayName = TextField(source="display_name", max_length=200, required=False, allow_blank=True)
    takesOtherAccount = BooleanField(
        source="takes_other_account",
        required=False,
        help_text="Confirms that another account at the provider takes the place of the one that was connected.",
    )


class OAuthStartSerializer(StrictSerializer):
    """How a consent begins. `permissions`: what to ask for; left out, the provider's usual scopes."""

    returnUrl = TextField(max_length=2000, help_text="Where the browser goes in the end; one that the hub allows.")
    permissions = _words()
    takesOtherAccount = BooleanField(source="takes_other_account", required=False)


class ConsentSerializer(serializers.Serializer[Any]):
    """Where to send the browser."""

    authorizationUrl = serializers.URLField(source="authorization_url")
    state = serializers.CharField()


class ApiKeySerializer(_Connecting):
    """An API key."""

    apiKey = SecretField()


class BasicSerializer(_Connecting):
    """A user name and a password."""

    username = SecretField(write_only=False)
    password = SecretField()


class CustomSerializer(_Connecting):
    """Credentials of the provider's own, by the names in its `credentialFields`."""

    credentials = ObjectField()


class NewCredentialsSerializer(StrictSerializer):
    """Credentials that take the place of those there are."""

    credentialType = ChoiceField(choices=Connection.CredentialKind.choices)
    credentials = ObjectField()
    takesOtherAccount = BooleanField(source="takes_other_account", required=False)


class ConnectedSerializer(serializers.Serializer[Any]):
    """A connection that was made. `lastValidatedAt` is null where the provider could not be asked."""

    connectionId = PublicIdField(Connection.id_kind, source="pk")
    status = serializers.ChoiceField(choices=Connection.Status.choices)
    connectedAt = serializers.DateTimeField(source="connected_at", allow_null=True)
    lastValidatedAt = serializers.DateTimeField(source="last_validated_at", allow_null=True)


class LinkSerializer(serializers.Serializer[Any]):
    """How a connection stands. `pending` waits for a consent, `expired` and `error` for somebody to connect again."""

    connectionId = PublicIdField(Connection.id_kind, source="pk")
    status = serializers.ChoiceField(choices=Connection.Status.choices)
    credentialType = serializers.ChoiceField(source="credential_kind", choices=Connection.CredentialKind.choices)
    displayName = serializers.CharField(source="display_name")
    accountId = serializers.CharField(source="account_id")
    accountName = serializers.CharField(source="account_name")
    connectedAt = serializers.DateTimeField(source="connected_at", allow_null=True)
    disconnectedAt = serializers.DateTimeField(source="disconnected_at", allow_null=True)
    lastValidatedAt = serializers.DateTimeField(source="last_validated_at", allow_null=True)
    validationError = serializers.CharField(source="problem", allow_null=True)
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)


class UserLinkSerializer(serializers.Serializer[Any]):
    """Whether the caller's own account is connected."""

    connected = serializers.BooleanField()
    connectionId = PublicIdField(Connection.id_kind, required=False)
    status = serializers.ChoiceField(choices=Connection.Status.choices, required=False)
    lastConnectedAt = serializers.DateTimeField(required=False)


class TestedSerializer(serializers.Serializer[Any]):
    """What came of a test. `error` is a code, `responseTime` in milliseconds."""

    success = serializers.BooleanField()
    message = serializers.CharField()
    error = serializers.CharField(allow_null=True)
    testedAt = serializers.DateTimeField(source="tested_at")
    responseTime = serializers.IntegerField(source="response_time", allow_null=True)
    details = ObjectField()


class DisconnectedSerializer(serializers.Serializer[Any]):
    """A connection that was cut; `notice` says why the provider's authorization was not ended, where it was not."""

    success = serializers.BooleanField()
    disconnectedAt = serializers.DateTimeField()
    notice = serializers.CharField(required=False)


class CredentialsChangedSerializer(serializers.Serializer[Any]):
    """The name under which the new credentials are kept."""

    success = serializers.BooleanField()
    credentialSecretName = serializers.CharField()
    updatedAt = serializers.DateTimeField()
