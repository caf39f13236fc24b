"""The WSGI application, served by granian."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from integrations_site.operation.metrics.workers import share_figures
from integrations_site.settings.environment import VAR

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_site.settings.local")
share_figures(VAR / "metrics")
_django = get_wsgi_application()
_door = import_string("integrations_site.operation.door.FastListDoor")  # it needs Django set up
# The sender's address and scheme, as a proxy that we trust tells them.
application = wrap_wsgi_with_proxy_headers(_door(_django), settings.TRUSTED_PROXIES)
