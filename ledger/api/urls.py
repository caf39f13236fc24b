"""The ledger's addresses below `/api/`."""

from itertools import chain

from ledger.api import accounts, aliases, case_actions, cases, exchange_rates, settings, vendors

urlpatterns = list(
    chain(
        case_actions.routes,
        cases.routes,
        vendors.routes,
        accounts.routes,
        exchange_rates.routes,
        aliases.routes,
        settings.routes,
    )
)
