"""The addresses of integrations and connections below `/api/`."""

from itertools import chain

from connections.api import (
    catalog,
    connections,
    drifts,
    field_mappings,
    integrations,
    links,
    oauth,
    oauth_clients,
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
        drifts.routes,
        widgets.routes,
        oauth.routes,
        oauth_clients.routes,
        connections.routes,
        links.routes,
        user_connections.routes,
        integrations.routes,
        field_mappings.routes,
        provider_tests.routes,
        catalog.routes,
    )
)
