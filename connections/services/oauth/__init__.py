"""Consent at a third party: leading a browser there, and taking in what it comes back with."""

from connections.services.access import Revocation, refresh_access, revoke_access
from connections.services.oauth.attempts import return_url_of
from connections.services.oauth.finishing import finish_consent
from connections.services.oauth.starting import Consent, start_consent
from connections.services.tokens.clients import set_own_client

__all__ = [
    "Consent",
    "Revocation",
    "finish_consent",
    "refresh_access",
    "return_url_of",
    "revoke_access",
    "set_own_client",
    "start_consent",
]
