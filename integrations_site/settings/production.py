"""Production: refuses to start with a missing, default or short secret."""

from django.core.exceptions import ImproperlyConfigured

from integrations_site.settings import environment as env
from integrations_site.settings.base import *

_SHORTEST = 32


def _required(name: str) -> str:
    value = env.text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} must be set in production")
    return value


def _secret(name: str, value: str) -> str:
    if value.startswith("local-only") or len(set(value)) < 10:
        raise ImproperlyConfigured(f"{name} is a default or guessable value; set a random one")
    if len(value) < _SHORTEST:
        raise ImproperlyConfigured(f"{name} is too short: {len(value)} characters, at least {_SHORTEST} are needed")
    return value


for _name in ("DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "HUB_BASE_URL", "SIGNING_KEYS_DIR", "ENCRYPTION_KEYS"):
    _required(_name)

DEBUG = False
SECRET_KEY = _secret("SECRET_KEY", _required("SECRET_KEY"))
METRICS_TOKEN = _secret("METRICS_TOKEN", _required("METRICS_TOKEN"))
ENCRYPTION_KEYS = {key: _secret("ENCRYPTION_KEYS", value) for key, value in env.keyed("ENCRYPTION_KEYS").items()}
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
