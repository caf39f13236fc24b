"""Addresses that the hub calls."""

from integrations_site.settings import environment as env

# Hosts (or host:port) that may be called though they are private: for development and tests.
OUTGOING_ALLOWED_HOSTS = env.words("OUTGOING_ALLOWED_HOSTS")
# From the look-up of a name to the last byte of the answer; and of that, to get a connection.
OUTGOING_TIMEOUT_SECONDS = env.number("OUTGOING_TIMEOUT_SECONDS", 15)
OUTGOING_CONNECT_SECONDS = env.number("OUTGOING_CONNECT_SECONDS", 5)
# How many webhooks are sent at once.
WEBHOOK_SLOTS = env.number("WEBHOOK_SLOTS", 20)
