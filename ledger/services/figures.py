"""What those who run the hub want to know of the ledger, in figures."""

import datetime as dt

from django.db.models import Count, Sum

from integrations_site.kernel import ids
from ledger.models import CaseCount, Posting


def count_cases() -> dict[str, int]:
    """How many cases of each status there are in the present scope."""
    return dict(CaseCount.objects.values_list("status").annotate(Sum("total")))


def count_postings(*, since: dt.datetime) -> dict[tuple[str, str], int]:
    """How many postings were made from `since` on in the present scope, by system and by what has become of them."""
    rows = Posting.objects.filter(id__gte=ids.first_at(since)).values_list("system", "status").annotate(Count("id"))
    return {(system, status): count for system, status, count in rows}
