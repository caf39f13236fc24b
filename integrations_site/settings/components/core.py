"""What Django is made of here: apps, middleware, templates, language and time."""

from integrations_site.settings import environment as env

ROOT_URLCONF = "integrations_site.urls"
WSGI_APPLICATION = "integrations_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "integrations_site.tenancy",
    "integrations_site.audit",
    "integrations_site.files",
    "integrations_site.api",
    "integrations_site.operation",
    "integrations_site.embedded",
    "integrations_site.sandbox",
    "integrations_site.demo",
    "catalog",
    "notifications",
    "ledger",
    "connections",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "integrations_site.web.framework.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "oauth2_provider",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    # Last, so that its admin has the last word on the tables of other packages.
    "integrations_site.web",
]

MIDDLEWARE = [
    "integrations_site.operation.middleware.ProbeMiddleware",
    "integrations_site.api.middleware.RequestMiddleware",
    # Outside of whatever may refuse a request, so that each refusal is logged and counted.
    "integrations_site.operation.middleware.ObserveMiddleware",
    "integrations_site.api.middleware.LengthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "integrations_site.web.content_policy.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integrations_site.api.fast_lists.FastListMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "integrations_site.web.middleware.TenantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "integrations_site.web.errors.HubErrorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "integrations_site.web.navigation.navigation",
            ],
        },
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [env.ROOT / "static"]

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["integrations_site.web.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
HUB_BASE_URL = env.text("HUB_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
# Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
DATA_UPLOAD_MAX_MEMORY_SIZE = env.number("HUB_MAX_BODY_BYTES", 25 * 1024 * 1024)
# The demo makes accounts with known passwords; only local settings allow it.
DEMO_ALLOWED = False
