"""QuickBooks' query language: https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries"""

from dataclasses import dataclass

PAGE_SIZE = 1000
CHANGED = "MetaData.LastUpdatedTime"


@dataclass(frozen=True, slots=True)
class Source:
    """An entity of QuickBooks. Name lists hide what is inactive unless asked, and nothing in them is ever deleted.

    `prefix` keeps apart ids of entities that become one data type; `payee` is where such an entity names whom was paid.
    """

    name: str
    searched: str
    is_name_list: bool = False
    prefix: str = ""
    payee: str = ""

    @property
    def deletions(self) -> str:
        """What the mark of its deletions is called; the one of its changes is called like the entity."""
        return f"{self.name}:deletions"


SOURCES = {
    "invoices": (Source("Invoice", "DocNumber"),),
    "expenses": (
        Source("Purchase", "DocNumber", prefix="purchase-", payee="EntityRef"),
        Source("Bill", "DocNumber", prefix="bill-", payee="VendorRef"),
    ),
    "customers": (Source("Customer", "DisplayName", is_name_list=True),),
    "vendors": (Source("Vendor", "DisplayName", is_name_list=True),),
}


def changed_since(source: Source, since: str | None, *, start: int) -> str:
    """A page of what was changed since then, oldest change first; `start` counts from 1."""
    conditions = [f"{CHANGED} >= {quoted(since)}"] if since else []
    return _select(source, conditions, f"ORDERBY {CHANGED} STARTPOSITION {start} MAXRESULTS {PAGE_SIZE}")


def containing(source: Source, text: str, *, limit: int) -> str:
    """What has the text in its name or number."""
    wanted = quoted(f"%{text.replace('%', '')}%")
    return _select(source, [f"{source.searched} LIKE {wanted}"], f"MAXRESULTS {min(max(limit, 1), PAGE_SIZE)}")


def quoted(text: str) -> str:
    """A text as a literal of the language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _select(source: Source, conditions: list[str], rest: str) -> str:
    conditions = ["Active IN (true, false)", *conditions] if source.is_name_list else conditions
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {source.name}{where} {rest}"  # noqa: S608 - no database of ours; texts are quoted
