"""Addresses that the hub calls."""

from integrations_site.settings import environment as env

# Hosts (or host:port) that may be called though they are private: for development and tests.
OUTGOING_ALLOWED_HOSTS = env.words("OUTGOING_ALLOWED_HOSTS")
OUTGOING_TIMEOUT_SECONDS = env.number("OUTGOING_TIMEOUT_SECONDS", 15)
