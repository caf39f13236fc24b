"""The WSGI application, served by granian."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from integrations_site.operation.metrics.workers import share_figures
from integrations_site.settings.environment import VAR

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_site.settings.local")
share_figures(VAR / "metrics")
# The sender's address and scheme, as a proxy that we trust tells them.
application = wrap_wsgi_with_proxy_headers(get_wsgi_application(), settings.TRUSTED_PROXIES)
