"""Xero's connector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from catalog.definition import Entity
from connections.sdk.connector import Found
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.declarative.listing import Listing
from connections.sdk.fetching import FetchRequest, Page, RawRecord
from connections.sdk.raw import with_members

_SPENT = 'Type=="SPEND"'


class XeroConnector(DeclarativeConnector):
    """Expenses are bills (ACCPAY) and what was spent without one (SPEND bank transactions).

    Expense claims and receipts are left alone: they belong to "classic expenses", which cannot be paged, and which
    organisations on Xero Expenses do not have. For expenses cursor and watermark hold those of the two lists, by kind.
    """

    slug = "xero"

    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages."""
        if request.entity != "expenses":
            return super().fetch(request)
        return self._expenses(request)

    def search(self, query: str, *, entities: Sequence[str], limit: int) -> Sequence[Found]:
        """What Xero finds; of expenses the bills, since bank transactions cannot be searched."""
        found = super().search(query, entities=entities, limit=limit)
        return [
            replace(each, data={**_told("bill", each.external_id), **each.data}) if each.entity == "expenses" else each
            for each in found
        ]

    def _expenses(self, request: FetchRequest) -> Iterator[Page]:
        lists, since = self._lists(), request.since or {}
        place = request.cursor or {"kind": "bill", "at": None, "marks": {}, "before": 0}
        kinds = list(lists)
        for kind in kinds[kinds.index(place["kind"]) :]:
            marks, before = place["marks"], place["before"]
            is_last = kind == kinds[-1]
            for page in Listing(self.http, lists[kind], since.get(kind)).pages(place["at"]):
                records = [_expense(kind, record) for record in page.records]
                both = None if before is None or page.total is None else before + page.total
                total = both if is_last else None  # the one of the first list is not that of both
                if page.cursor is not None:
                    following = {"kind": kind, "at": page.cursor, "marks": marks, "before": before}
                    yield Page(records, cursor=following, total=total)
                    continue
                marks = {**marks, kind: page.watermark}
                place = {"kind": kinds[-1], "at": None, "marks": marks, "before": both}
                yield Page(
                    records, cursor=None if is_last else place, watermark=marks if is_last else None, total=total
                )

    def _lists(self) -> Mapping[str, Entity]:
        spent = self._entity("bank_transactions")
        return {
            "bill": msgspec.structs.replace(self._entity("expenses"), id="InvoiceID"),
            "spend": msgspec.structs.replace(spent, query={**spent.query, "where": _SPENT}),
        }


def _expense(kind: str, record: RawRecord) -> RawRecord:
    return RawRecord(record.external_id, with_members(record.raw, _told(kind, record.external_id)))


def _told(kind: str, id: str) -> dict[str, str]:
    """What is called differently in the two lists, under one name."""
    return {"id": id, "kind": kind}
