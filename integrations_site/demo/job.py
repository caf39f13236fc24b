"""The main job, done through the API of the running hub: read, approve, post, export, roll one back.

Done again it finds what it did before and goes on from there: nothing is doubled.
"""

from dataclasses import dataclass, field
from typing import Any

from integrations_site.demo.calling import DemoFailedError, Hub
from integrations_site.kernel.http import HttpClient
from ledger.samples import sample_invoices

# The sample that is rolled back after everything was posted.
ROLLED_BACK = "RE-2026-3092"
SYSTEMS = ["inventory", "ap", "accounting"]


@dataclass(frozen=True, slots=True)
class Worked:
    """A case that went through the job."""

    case: dict[str, Any]
    inventory: dict[str, Any] = field(default_factory=dict)
    bill: dict[str, Any] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)
    rolled_back: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything the job did, and the state of the books after it."""

    worked: list[Worked]
    export: dict[str, Any]
    trial_balance: dict[str, Any]
    reconciliation: dict[str, Any]


def do_job(description: dict[str, Any], http: HttpClient) -> Outcome:
    """Does the job as the admin of the first tenant. Raises DemoFailedError where the hub refuses any of it."""
    hub = Hub(description["base_url"], description["tenants"][0]["tenant_admin"]["token"], http)
    cases = [_import(hub, content) for _, content in sample_invoices()]
    for vendor in hub.get("/api/vendors", limit="100", is_confirmed="false")["items"]:
        hub.post(f"/api/vendors/{vendor['id']}/confirm")
    worked = [_work(hub, case_id) for case_id in cases]
    return Outcome(
        worked=worked,
        export=_export(hub, worked[0].case["id"]),
        trial_balance=hub.get("/api/trial-balance"),
        reconciliation=hub.get("/api/reconciliation"),
    )


def _import(hub: Hub, content: bytes) -> str:
    """The id of the case that a document became, now or in an earlier run."""
    try:
        imported = hub.upload("/api/cases/import", content, "application/xml")
    except DemoFailedError as failure:
        if failure.error.get("code") != "DUPLICATE_FILE":
            raise
        return str(failure.error["details"]["case_id"])
    return str(imported["results"][0]["case_id"])


def _work(hub: Hub, case_id: str) -> Worked:
    case = hub.get(f"/api/cases/{case_id}")
    if case["status"] == "draft":
        hub.post(f"/api/cases/{case_id}/submit")
        hub.post(f"/api/cases/{case_id}/approve")
    if case["status"] in {"draft", "pending_approval", "approved"}:
        return _post(hub, case_id)
    return Worked(case, rolled_back=case["status"] == "rolled_back")


def _post(hub: Hub, case_id: str) -> Worked:
    results = hub.post(f"/api/cases/{case_id}/integrate", {"systems": SYSTEMS})["results"]
    case = hub.get(f"/api/cases/{case_id}")
    rolled_back = case["invoice_number"] == ROLLED_BACK
    if rolled_back:
        hub.post("/api/integrations/rollback", {"case_id": case_id, "systems": SYSTEMS})
    return Worked(case, results["inventory"], results["ap"], results["accounting"], rolled_back)


def _export(hub: Hub, case_id: str) -> dict[str, Any]:
    made: dict[str, Any] = hub.post(f"/api/cases/{case_id}/export", {"format": "json"})
    size = len(hub.download(made["export_url"]))
    if size != made["size_bytes"]:
        raise DemoFailedError(f"the export has {size} bytes, {made['size_bytes']} were announced")
    return made
