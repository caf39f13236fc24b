"""Consent at a third party: leading a browser there, and taking in what it comes back with."""

from connections.services.access import refresh_access
from connections.services.oauth.attempts import of_browser, of_program, return_url_of, service_of
from connections.services.oauth.finishing import finish_consent
from connections.services.oauth.holding import (
    confirm_consent,
    decline_consent,
    drop_lapsed,
    held_by,
    held_consent,
    hold_consent,
    offered,
)
from connections.services.oauth.starting import Consent, start_consent
from connections.services.revocation import Revocation, revoke_access
from connections.services.tokens.clients import remove_own_client, set_own_client

__all__ = [
    "Consent",
    "Revocation",
    "confirm_consent",
    "decline_consent",
    "drop_lapsed",
    "finish_consent",
    "held_by",
    "held_consent",
    "hold_consent",
    "of_browser",
    "of_program",
    "offered",
    "refresh_access",
    "remove_own_client",
    "return_url_of",
    "revoke_access",
    "service_of",
    "set_own_client",
    "start_consent",
]
