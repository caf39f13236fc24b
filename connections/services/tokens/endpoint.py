"""Asking a vendor for tokens, and to take them back. Every request goes through the hub's HTTP door, once."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from catalog.definition import OAuthConfig, ProviderDefinition
from catalog.services.providers import definition_of
from catalog.services.secrets import OAuthClient
from connections.models import Connection
from connections.sdk.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable
from connections.services.addresses import reachable
from connections.services.call_figures import counted
from connections.services.errors import OAuthNotOfferedError
from connections.services.placeholders import filled, filled_url, values_for
from connections.services.redacting import in_use
from connections.services.tokens.answers import Tokens, read_tokens
from connections.services.tokens.clients import client_of
from integrations_site.kernel.http import (
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRefusedError,
    Response,
    shared_client,
)

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
# What a token request says besides secrets.
_NAMES = frozenset({"clientId", "redirect_uri"})
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """A vendor's token endpoint, as one client speaks to it. `values` fill the placeholders of the definition.

    `provider` is the name under which its requests are counted, `vendor` the one that people read.
    """

    provider: str
    vendor: str
    config: OAuthConfig
    client: OAuthClient = field(repr=False)
    values: Mapping[str, str]

    def exchange_code(self, code: str, *, redirect_uri: str, verifier: str) -> Tokens:
        """Tokens for an authorization code. Raises VendorError."""
        more = {"code": code} | ({"code_verifier": verifier} if verifier else {})
        return self._tokens("authorization_code", redirect_uri=redirect_uri, **more)

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token. Raises VendorError; after OutcomeUnknown the token may be spent."""
        return self._tokens("refresh_token", refresh_token=refresh_token)

    def revoke(self, secret: Mapping[str, Any], *, account_id: str) -> bool:
        """Has the vendor end the authorization; False where it has no way to. Raises VendorError."""
        if not self.config.revocation_url:
            return False
        access = str(secret.get("accessToken", ""))
        values = {"token": str(secret.get("refreshToken") or access), "accessToken": access}
        values |= {"accountId": account_id, "clientId": self.client.client_id}
        fields = {name: filled(text, values) for name, text in self.config.revocation_parameters.items()}
        is_json = self.config.revocation_format == "json"
        body = msgspec.json.encode(fields) if is_json else urlencode(fields).encode()
        with counted(self.provider):
            answer = self._send(self.config.revocation_url, body, _JSON if is_json else _FORM)
            if answer.status >= 300:
                raise ProviderRejected(f"{self.vendor} did not end the authorization", status=answer.status)
        return True

    def _tokens(self, grant_type: str, **fields: str) -> Tokens:
        extra = {name: filled(text, self.values) for name, text in self.config.token_parameters.items()}
        body = prepare_token_request(grant_type, **(extra | fields))
        secrets = in_use(
            {"clientId": self.client.client_id, "clientSecret": self.client.client_secret} | fields, public=_NAMES
        )
        with counted(self.provider):
            answer = self._send(self.config.token_url, body.encode(), _FORM)
            return read_tokens(answer, self.config, vendor=self.vendor, secrets=secrets)

    def _send(self, url: str, body: bytes, headers: dict[str, str]) -> Response:
        headers, body = self._authenticated(headers, body)
        try:
            return shared_client().send("POST", reachable(filled_url(url, self.values)), headers=headers, body=body)
        except OutcomeUnknownError as error:
            raise OutcomeUnknown(error.message) from None
        except ProviderUnavailableError as error:
            raise ProviderUnavailable(error.message) from None
        except RequestRefusedError as error:
            raise ProviderRejected(error.message, code=error.code) from None

    def _authenticated(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        """The client's proof (RFC 6749, section 2.3.1); a client without a secret tells its id (section 3.2.1)."""
        client_id, secret = self.client
        way = self.config.client_authentication if secret else "body"
        if way == "basic":
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
            return headers | {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}, body
        if way == "bearer":
            return headers | {"Authorization": f"Bearer {secret}"}, body
        if headers is _JSON:
            return headers, body
        proof = {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        return headers, b"&".join(filter(None, (body, urlencode(proof).encode())))


def config_of(definition: ProviderDefinition) -> OAuthConfig:
    """The provider's OAuth. Raises OAuthNotOfferedError where it has none."""
    if definition.oauth_config is None:
        raise OAuthNotOfferedError(
            f"{definition.display_name} is not connected by OAuth; its authType is {definition.auth_type}"
        )
    return definition.oauth_config


def token_endpoint(connection: Connection) -> TokenEndpoint:
    """The token endpoint for a connection. Raises OAuthNotOfferedError and ProviderNotConfiguredError."""
    integration = connection.integration
    definition = definition_of(integration.provider)
    return TokenEndpoint(
        provider=definition.provider,
        vendor=definition.display_name,
        config=config_of(definition),
        client=client_of(integration),
        values=values_for(
            definition,
            settings=integration.settings | connection.settings,
            account_id=connection.account_id,
            secret={},
        ),
    )
