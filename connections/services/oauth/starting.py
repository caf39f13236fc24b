"""Leading a browser to a third party for consent."""

from collections.abc import Sequence
from dataclasses import dataclass

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from django.db import transaction

from connections.models import Connection
from connections.sdk.errors import VendorError
from connections.services.addresses import reachable
from connections.services.errors import as_hub_error
from connections.services.oauth.attempts import Begun, begin
from connections.services.oauth.permissions import scopes_for, wanted_permissions
from connections.services.oauth.return_addresses import require_allowed
from connections.services.placeholders import filled, filled_url
from connections.services.tokens.endpoint import TokenEndpoint, token_endpoint
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor


@dataclass(frozen=True, slots=True)
class Consent:
    """Where to lead the browser, and the state that it comes back with."""

    authorization_url: str
    state: str


def start_consent(
    *,
    connection: Connection,
    actor: Actor,
    redirect_uri: str,
    return_url: str = "",
    permissions: Sequence[str] = (),
    browser: str = "",
    takes_other_account: bool = False,
) -> Consent:
    """A consent at the vendor, good once and for ten minutes.

    The vendor leads back to `redirect_uri`; `return_url` is where the hub sends the browser in the end, which
    `finish_consent` leaves to its caller. `permissions` are the hub's words; where nobody names any,
    what the connection has is asked for, else what the provider is usually asked for. `browser` is what the consent is
    bound to besides the actor: a browser's secret (`of_browser`) or a program's network (`of_program`).
    `takes_other_account` confirms that another account may take the place of the connected one. Raises
    AddressNotAllowedError, PermissionUnknownError, OAuthNotOfferedError and ProviderNotConfiguredError.
    """
    require_allowed(redirect_uri, field="redirectUri")
    if return_url:
        require_allowed(return_url, field="returnUrl")
    endpoint = token_endpoint(connection)
    wanted = list(permissions) or wanted_permissions(connection, endpoint.config)
    scopes = scopes_for(wanted, endpoint.config)
    data = {"permissions": wanted, "scopes": scopes}
    with transaction.atomic():
        announce(action="connection.consent_started", actor=actor, subject=connection.public_id, data=data)
        begun = begin(
            connection,
            actor=actor,
            browser=browser,
            redirect_uri=redirect_uri,
            return_url=return_url,
            permissions=wanted,
            takes_other_account=takes_other_account,
            with_pkce=endpoint.config.use_pkce,
        )
        return Consent(_authorization_url(endpoint, begun, scopes, redirect_uri), begun.state)


def _authorization_url(endpoint: TokenEndpoint, begun: Begun, scopes: Sequence[str], redirect_uri: str) -> str:
    """The vendor's address with the request (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""
    config, values = endpoint.config, endpoint.values
    try:
        url = reachable(filled_url(config.authorization_url, values))
        extra = {name: filled(text, values) for name, text in config.authorize_parameters.items()}
    except VendorError as error:
        raise as_hub_error(error) from None
    if begun.challenge:
        extra |= {"code_challenge": begun.challenge, "code_challenge_method": "S256"}
    return str(
        prepare_grant_uri(
            url,
            endpoint.client.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=config.scope_separator.join(scopes),
            state=begun.state,
            **extra,
        )
    )
