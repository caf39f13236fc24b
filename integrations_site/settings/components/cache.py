"""Redis as a cache: for rate limits and other things that may be lost."""

from integrations_site.settings.components.database import REDIS_URL

# A dead Redis must cost a request as little as possible.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hub",
        "OPTIONS": {"socket_connect_timeout": 0.25, "socket_timeout": 0.5},
    }
}
