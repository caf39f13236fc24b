"""SOAP answers: workers, or a fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from connections.connectors.workday.workers import as_told
from connections.sdk.counts import count_in
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.soap import error_of, parsed

_WD = {"wd": "urn:com.workday/bsvc"}
_TYPE = f"{{{_WD['wd']}}}type"
_PERSONAL = "wd:Worker_Data/wd:Personal_Data"
_NAME = f"{_PERSONAL}/wd:Name_Data/wd:Preferred_Name_Data/wd:Name_Detail_Data"
_EMPLOYMENT = "wd:Worker_Data/wd:Employment_Data"
_STATUS = f"{_EMPLOYMENT}/wd:Worker_Status_Data"
_JOBS = f"{_EMPLOYMENT}/wd:Worker_Job_Data"
_POSITION = "wd:Position_Data"
_MANAGER = f"{_POSITION}/wd:Manager_as_of_last_detected_manager_change_Reference"
_ORGANIZATIONS = (
    ".//wd:Organization_Data[wd:Organization_Type_Reference/wd:ID[@wd:type='Organization_Type_ID']='%s']"
    "/wd:Organization_Name"
)
_EMAILS = f"{_PERSONAL}/wd:Contact_Data/wd:Email_Address_Data"
_AT_WORK = "wd:Usage_Data/wd:Type_Data/wd:Type_Reference/wd:ID[@wd:type='Communication_Usage_Type_ID']"


@dataclass(frozen=True, slots=True)
class Answer:
    """Workers of a page, how many pages there are, and how many workers in all."""

    workers: Sequence[dict[str, Any]]
    pages: int
    total: int | None


def read_envelope(body: bytes) -> etree._Element:
    """An envelope without a fault. Raises VendorError for one with a fault, and AnswerUnreadable."""
    root = parsed(body)
    if root is None:
        raise AnswerUnreadable("Workday's answer is no XML that could be read")
    if (error := error_of(root, vendor="Workday")) is not None:
        raise error
    return root


def read_answer(body: bytes) -> Answer:
    """A page of workers. Raises VendorError for a fault, and AnswerUnreadable, also without a number of pages."""
    root = read_envelope(body)
    workers = [_worker(each) for each in root.iterfind(".//wd:Response_Data/wd:Worker", _WD)]
    results = root.find(".//wd:Response_Results", _WD)
    pages, total = _number(results, "wd:Total_Pages"), _number(results, "wd:Total_Results")
    if pages is None:
        raise AnswerUnreadable("Workday's answer does not tell how many pages there are", code="NO_END")
    return Answer(workers, pages, total)


def _worker(worker: etree._Element) -> dict[str, Any]:
    """A worker with the names of `workers.NAMES`; of several positions the primary one."""
    jobs = worker.findall(_JOBS, _WD)
    job = next((each for each in jobs if each.get(f"{{{_WD['wd']}}}Primary_Job") == "1"), jobs[0] if jobs else None)
    name = worker.find(_NAME, _WD)
    found = {
        "workdayId": _id(worker.find("wd:Worker_Reference", _WD), "WID"),
        "employeeId": _text(worker, "wd:Worker_Data/wd:Worker_ID"),
        "userId": _text(worker, "wd:Worker_Data/wd:User_ID"),
        "name": name.get(f"{{{_WD['wd']}}}Formatted_Name") if name is not None else None,
        "firstName": _text(name, "wd:First_Name"),
        "lastName": _text(name, "wd:Last_Name"),
        "email": _email(worker),
        "businessTitle": _text(job, f"{_POSITION}/wd:Business_Title"),
        "company": _organization(job, "COMPANY"),
        "costCenter": _organization(job, "COST_CENTER"),
        "supervisoryOrganization": _organization(job, "SUPERVISORY"),
        "location": _text(job, f"{_POSITION}/wd:Business_Site_Summary_Data/wd:Name"),
        "managerId": _id(job.find(_MANAGER, _WD), "WID") if job is not None else None,
        "isActive": _text(worker, f"{_STATUS}/wd:Active"),
        "hireDate": _text(worker, f"{_STATUS}/wd:Hire_Date"),
        "terminationDate": _text(worker, f"{_STATUS}/wd:Termination_Date"),
    }
    return {key: as_told(key, value) for key, value in found.items()}


def _email(worker: etree._Element) -> str | None:
    """The address at work, else the first."""
    addresses = worker.findall(_EMAILS, _WD)
    at_work = [each for each in addresses if _text(each, _AT_WORK) == "WORK"]
    return _text(next(iter(at_work or addresses), None), "wd:Email_Address")


def _organization(job: etree._Element | None, kind: str) -> str | None:
    return _text(job, _ORGANIZATIONS % kind)


def _id(reference: etree._Element | None, kind: str) -> str | None:
    """One of the ids of a reference."""
    if reference is None:
        return None
    return next((each.text for each in reference.iterfind("wd:ID", _WD) if each.get(_TYPE) == kind), None)


def _text(element: etree._Element | None, path: str) -> str | None:
    if element is None:
        return None
    found = element.xpath(path, namespaces=_WD)
    first = found[0] if isinstance(found, list) and found else None
    return (first.text or "").strip() or None if isinstance(first, etree._Element) else None


def _number(element: etree._Element | None, path: str) -> int | None:
    return count_in(_text(element, path))
