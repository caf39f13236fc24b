"""Workers, as the hub names what is known of them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from connections.sdk.fetching import RawRecord

# What report authors commonly call a column; case, spaces and underscores do not count.
NAMES: Mapping[str, tuple[str, ...]] = {
    "workdayId": ("workdayid", "wid", "workerwid"),
    "employeeId": ("employeeid", "workerid"),
    "userId": ("userid", "username"),
    "name": ("fullname", "name", "workername", "worker", "preferredname"),
    "firstName": ("firstname", "preferredfirstname", "legalfirstname"),
    "lastName": ("lastname", "preferredlastname", "legallastname"),
    "email": ("email", "workemail", "primaryworkemail", "emailaddress"),
    "businessTitle": ("businesstitle", "title", "jobtitle"),
    "company": ("company", "companyname"),
    "costCenter": ("costcenter", "costcentre"),
    "supervisoryOrganization": ("supervisoryorganization", "department"),
    "location": ("location", "worklocation"),
    "managerId": ("managerid", "managerwid"),
    "isActive": ("active", "isactive", "activestatus"),
    "hireDate": ("hiredate",),
    "terminationDate": ("terminationdate",),
}
_OTHER = re.compile(r"[^a-z0-9]")
_TRUE, _FALSE = {"1", "true", "y", "yes"}, {"0", "false", "n", "no"}


def from_row(row: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of a report says under the hub's names; `columns` are the customer's own names of them."""
    plain = {_OTHER.sub("", name.lower()): value for name, value in row.items()}
    found = {}
    for name, usual in NAMES.items():
        chosen = columns.get(name)
        value = row.get(str(chosen)) if chosen else next((plain[each] for each in usual if each in plain), None)
        found[name] = as_told(name, value)
    return found


def as_told(name: str, value: Any) -> Any:
    """A value as the hub keeps it: booleans may come as "1", and what is empty is not there."""
    if value is None or value == "":
        return None
    if name != "isActive" or isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else value


def as_record(worker: Mapping[str, Any], row: Mapping[str, Any] | None = None) -> RawRecord:
    """A worker, with whatever else the report says, as a record whose id is the Workday ID (WID)."""
    whole = {**(row or {}), **worker}
    return RawRecord(str(worker.get("workdayId") or ""), msgspec.json.encode(whole))


def managers_of(workers: Iterable[Mapping[str, Any]]) -> set[str]:
    """The Workday IDs of those whom these report to."""
    return {str(worker["managerId"]) for worker in workers if worker.get("managerId")}
