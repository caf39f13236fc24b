"""A developer's machine and the demo."""

from integrations_site.settings import environment as env
from integrations_site.settings.base import *

DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
OUTGOING_ALLOWED_HOSTS = env.words("OUTGOING_ALLOWED_HOSTS", "127.0.0.1,localhost")
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
LOGGING["handlers"]["console"]["formatter"] = env.choice("LOG_FORMAT", LOG_FORMATS, "plain")
# Style sheets come straight from where they are written; only production collects them.
WHITENOISE_USE_FINDERS = True
DEMO_ALLOWED = True
ALLOWED_RETURN_URLS = [*ALLOWED_RETURN_URLS, "https://app.example.com"]
