"""Production: refuses to start with a missing, default or short secret."""

from django.core.exceptions import ImproperlyConfigured

from integrations_site.settings import environment as env
from integrations_site.settings.base import *

_SHORTEST = 32
_FEWEST_DIFFERENT = 10


def _required(name: str) -> str:
    value = env.text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} must be set in production")
    return value


def _secret(name: str, value: str) -> str:
    if value.startswith("local-only"):
        raise ImproperlyConfigured(f"{name} is the default that everybody knows; set a random one")
    if len(value) < _SHORTEST:
        raise ImproperlyConfigured(f"{name} is too short: {len(value)} characters, at least {_SHORTEST} are needed")
    if len(set(value)) < _FEWEST_DIFFERENT:
        raise ImproperlyConfigured(f"{name} is easy to guess; set a random one")
    return value


def _host(name: str, host: str | None) -> None:
    if not host:
        raise ImproperlyConfigured(f"{name} must name a host")


def _hosts(name: str) -> list[str]:
    found = env.words(name)
    if not found or any("*" in host for host in found):
        raise ImproperlyConfigured(f"{name} must name the hub's hosts; `*` is none")
    return found


for _name in ("DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "HUB_BASE_URL", "SIGNING_KEYS_DIR", "ENCRYPTION_KEYS"):
    _required(_name)
_host("HUB_BASE_URL", env.address("HUB_BASE_URL", HUB_BASE_URL, ("https",)).hostname)
_host("DATABASE_URL", DATABASES["default"]["HOST"])
_redis = env.address("REDIS_URL", REDIS_URL, ("redis", "rediss", "unix"))
_host("REDIS_URL", _redis.path if _redis.scheme == "unix" else _redis.hostname)
if any(proxy == "*" or proxy.endswith("/0") for proxy in TRUSTED_PROXIES):
    raise ImproperlyConfigured(
        "TRUSTED_PROXIES must name the proxies: whoever is trusted can say any address is theirs"
    )

DEBUG = False
SECRET_KEY = _secret("SECRET_KEY", _required("SECRET_KEY"))
METRICS_TOKEN = _secret("METRICS_TOKEN", _required("METRICS_TOKEN"))
ENCRYPTION_KEYS = {key: _secret("ENCRYPTION_KEYS", value) for key, value in env.keyed("ENCRYPTION_KEYS").items()}
ALLOWED_HOSTS = _hosts("ALLOWED_HOSTS")
if VENDOR_STAND_IN:
    raise ImproperlyConfigured("VENDOR_STAND_IN leads every call to another place than the vendor; leave it unset")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
COOKIE_PREFIX = "__Host-"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"

# Codes go back over TLS only (RFC 9700, section 2.1).
OAUTH2_PROVIDER["ALLOWED_REDIRECT_URI_SCHEMES"] = ["https"]

# Filled by `manage.py collectstatic`; file names carry a hash of the content, so that browsers may keep them for good.
STATIC_ROOT = env.VAR / "static"
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "jpeg", "png", "gif", "webp", "woff", "woff2", "gz", "br", "zip", "map")
