"""A custom report as a web service (RaaS): everything in one answer, columns named by its author."""

import datetime as dt
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any
from urllib.parse import quote

from connections.connectors.workday.moments import asked_at, not_after
from connections.connectors.workday.workers import as_record, from_row, managers_of
from connections.sdk.asking import readable
from connections.sdk.errors import ProviderRejected
from connections.sdk.fetching import Page, Watermark
from connections.sdk.http import VendorHttp
from connections.sdk.instants import write_instant

_ENTRIES = "Report_Entry"


class Report:
    """One report. `is_of_approvers`: it lists approvers alone."""

    def __init__(
        self,
        http: VendorHttp,
        *,
        owner: str,
        name: str,
        columns: Mapping[str, Any],
        changed_prompt: str,
        is_of_approvers: bool,
    ) -> None:
        self._http, self._columns, self._prompt = http, columns, changed_prompt
        self._lists_approvers = is_of_approvers
        # A report cannot be paged, and may be long: the tenant is the credential's.
        place = f"{quote(owner, safe='')}/{quote(name, safe='')}"
        self._path = f"/ccx/service/customreport2/{{credential.tenant}}/{place}"

    def check(self) -> None:
        """Asks for the schema."""
        self._http.request("GET", self._path, query={"xsds": ""})

    def pages(self, since: Watermark | None, *, approvers: bool) -> Iterator[Page]:
        """The one page; without a watermark where the next one is whole as well, so that whoever is gone is missed.

        Raises ProviderRejected where the answer is no report.
        """
        picks = approvers and not self._lists_approvers
        # Who is somebody's manager shows in the whole report only.
        prompted = {self._prompt: _written(since["until"])} if since and self._prompt and not picks else {}
        told, began = readable(self._http, lambda: self._asked({"format": "json", **prompted}))
        rows = told.get(_ENTRIES) if isinstance(told, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ProviderRejected(
                f"Workday's answer has no {_ENTRIES}: check the report's owner and name, and that it is an advanced "
                "report that is enabled as a web service",
                code="REPORT_UNEXPECTED",
            )
        workers = [(from_row(row, self._columns), row) for row in rows]
        managers = managers_of(worker for worker, _ in workers) if picks else set()
        chosen = [pair for pair in workers if not picks or pair[0]["workdayId"] in managers]
        records = [as_record(worker, row) for worker, row in chosen]
        # A worker has a row for each job where the report's author wants it so.
        total = len({record.external_id for record in records})
        is_whole = picks or not self._prompt
        yield Page(records, watermark=None if is_whole else {"until": began}, total=total)

    def _asked(self, query: Mapping[str, str]) -> tuple[Any, str]:
        """What was told, and a moment before it was asked for.

        A report shows one moment and does not tell which: what changed while it ran is for the next increment.
        """
        asked, began = asked_at(), monotonic()
        response = self._http.request("GET", self._path, query=query, is_long=True)
        return response.json(), not_after(asked, response, seconds=monotonic() - began)


def _written(moment: str) -> str:
    return write_instant(dt.datetime.fromisoformat(moment), "iso")
