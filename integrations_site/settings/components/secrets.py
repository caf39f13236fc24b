"""Keys. Locally they are fixed, so that a restart keeps sessions; production takes them from the environment alone."""

from pathlib import Path

from integrations_site.settings import environment as env

SECRET_KEY = env.text("SECRET_KEY", "local-only-secret-key-that-production-refuses-to-start-with")
# id=key pairs; the first seals, all open (rotation: put the new one in front).
ENCRYPTION_KEYS = env.keyed("ENCRYPTION_KEYS", "local=local-only-encryption-key-that-production-refuses")
# Where the private keys are that sign access tokens; `rotate_signing_key` adds one.
SIGNING_KEYS_DIR = Path(env.text("SIGNING_KEYS_DIR") or env.VAR / "keys")
METRICS_TOKEN = env.text("METRICS_TOKEN")
