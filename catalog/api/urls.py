"""The addresses of providers below `/api/`."""

from catalog.api import providers

urlpatterns = [*providers.routes]
