"""The test suite."""

from integrations_site.settings import environment as env
from integrations_site.settings.base import *

DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
OUTGOING_ALLOWED_HOSTS = ["127.0.0.1"]
# Hashing is argon2's business, not the suite's.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "integrations_site.tenancy.tokens.secrets.ClientSecretHasher",
]

# Suites that run side by side on one server take a database each.
DATABASES["default"]["TEST"] = {"NAME": env.text("HUB_TEST_DATABASE", "hub_test")}
# A thread that waits for its next work would keep the database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES["default"]["OPTIONS"]["location"] = str(env.VAR / "test-files")
