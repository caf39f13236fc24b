"""The ledger's addresses below `/api/`."""

from itertools import chain

from ledger.api import (
    accounts,
    aliases,
    artifacts,
    bills,
    case_actions,
    cases,
    exchange_rates,
    exports,
    imports,
    items,
    journal,
    movements,
    postings,
    reports,
    review,
    settings,
    vendors,
)

urlpatterns = list(
    chain(
        imports.routes,
        case_actions.routes,
        artifacts.routes,
        exports.routes,
        postings.routes,
        review.routes,
        cases.routes,
        vendors.routes,
        accounts.routes,
        exchange_rates.routes,
        aliases.routes,
        movements.routes,
        items.routes,
        bills.routes,
        journal.routes,
        reports.routes,
        settings.routes,
    )
)
