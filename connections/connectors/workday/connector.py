"""Workday's connector. A record is a worker with the names of `workers.NAMES`, by whichever way it came."""

from collections.abc import Iterator, Mapping
from typing import Any

from connections.connectors.workday.report import Report
from connections.connectors.workday.soap import HumanResources
from connections.sdk.accounts import Account
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.declarative.progress import bounded
from connections.sdk.errors import ProviderRejected
from connections.sdk.fetching import FetchRequest, Page


class WorkdayConnector(DeclarativeConnector):
    """Reads the report where the settings name one (`reportOwner`, `reportName`), else Get_Workers.

    Further settings for reports: `approverReportName` (without it approvers are those whom others in the report name as
    their manager), `reportChangedPrompt` (a prompt that takes the moment since when; without it everything is read
    each time) and `reportColumns` (`workers.NAMES` by the names that the report's author chose).
    """

    slug = "workday"

    def check(self) -> Account | None:
        """Asks for the report's schema, or for Workday's clock; neither answer holds a worker."""
        if report := self._report("employees"):
            report.check()
        else:
            self._human_resources("employees").check()
        return None

    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages."""
        if report := self._report(request.entity):
            return report.pages(request.since, approvers=request.entity == "approvers")
        resources, approvers = self._human_resources(request.entity), request.entity == "approvers"
        return bounded(lambda cursor: resources.pages(request.since, cursor, approvers=approvers), request.cursor)

    def _human_resources(self, entity: str) -> HumanResources:
        return HumanResources(self.http, self._entity(entity).path)

    def _report(self, entity: str) -> Report | None:
        settings: Mapping[str, Any] = self.config.settings
        owner, name = settings.get("reportOwner"), settings.get("reportName")
        if not owner or not name:
            return None
        own = settings.get("approverReportName") if entity == "approvers" else None
        return Report(
            self.http,
            owner=str(owner),
            name=str(own or name),
            columns=_columns(settings),
            changed_prompt=str(settings.get("reportChangedPrompt") or ""),
            is_of_approvers=bool(own),
        )


def _columns(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The names that the report's author chose. Raises ProviderRejected where the setting is something else."""
    columns = settings.get("reportColumns") or {}
    if not isinstance(columns, dict):
        raise ProviderRejected(
            'The setting reportColumns is no object such as {"workdayId": "Worker WID"}; correct it in the settings',
            code="SETTING_INVALID",
        )
    return columns
