"""The addresses of integrations and connections below `/api/`."""

from itertools import chain

from connections.api import (
    catalog,
    connections,
    integrations,
    links,
    oauth,
    provider_tests,
    search,
    syncs,
    user_connections,
    webhooks,
    widgets,
)

urlpatterns = list(
    chain(
        webhooks.routes,
        search.routes,
        syncs.routes,
        widgets.routes,
        oauth.routes,
        connections.routes,
        links.routes,
        user_connections.routes,
        integrations.routes,
        provider_tests.routes,
        catalog.routes,
    )
)
