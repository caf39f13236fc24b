"""The hub's own accounts with third parties, and what they sign their webhooks with."""

import os

_SUFFIXES = ("_CLIENT_ID", "_CLIENT_SECRET", "_WEBHOOK_SECRET")
# By the names of the variables, such as STRIPE_CLIENT_ID; for a shipped provider they come before what is stored.
VENDOR_SECRETS = {name: value for name, value in os.environ.items() if name.endswith(_SUFFIXES) and value}
