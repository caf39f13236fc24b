"""The ledger's addresses below `/api/`."""

from itertools import chain

from ledger.api import (
    accounts,
    aliases,
    artifacts,
    case_actions,
    cases,
    exchange_rates,
    exports,
    imports,
    items,
    settings,
    vendors,
)

urlpatterns = list(
    chain(
        imports.routes,
        case_actions.routes,
        artifacts.routes,
        exports.routes,
        cases.routes,
        vendors.routes,
        accounts.routes,
        exchange_rates.routes,
        aliases.routes,
        items.routes,
        settings.routes,
    )
)
