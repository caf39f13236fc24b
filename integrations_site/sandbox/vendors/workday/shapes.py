"""Workday's workers as report columns, which the report's author named, and the approvers among them."""

from collections.abc import Callable

from integrations_site.sandbox import names
from integrations_site.sandbox.clock import day
from integrations_site.sandbox.data import Row, Shape

_TITLES = ("Analyst", "Buyer", "Controller", "Developer", "Engineer", "Manager, Operations", "Planner", "Recruiter")
_DEPARTMENTS = ("Engineering", "Finance", "Logistics", "Marketing", "People", "Sales")
_MANAGED, _INACTIVE = 8, 17
_WORKER = (
    '{"Workday_ID":"%s","Employee_ID":"%05d","User_ID":"%s","First_Name":"%s","Last_Name":"%s","Full_Name":"%s %s",'
    '"Email":"%s","Business_Title":"%s","Department":"%s","Cost_Center":"CC-%d","Location":"%s","Manager_ID":"%s",'
    '"Worker_Type":"Employee","Hire_Date":"%s","Termination_Date":"%s","Active":"%d","Last_Updated":"%s"}'
)
_APPROVER = (
    '{"Workday_ID":"%s","Employee_ID":"%05d","Full_Name":"%s %s","Email":"%s","Department":"%s",'
    '"Approval_Limit":"%d.00","Currency":"USD","Active":"1"}'
)


def wid(salt: str, index: int) -> str:
    """The stable id: 32 hexadecimal digits."""
    return f"{salt}{index:018x}"


def is_active(index: int) -> bool:
    """Whether the worker is still there."""
    return index % _INACTIVE != _INACTIVE - 1


def manager_of(index: int) -> int | None:
    """The worker who leads this one; nobody leads the first."""
    return None if index == 0 else index // _MANAGED


def _worker(row: Row) -> str:
    first, last = names.person(row)
    boss, active = manager_of(row.index), is_active(row.index)
    return _WORKER % (
        wid(row.salt, row.index),
        row.index + 1,
        f"{first[0].lower()}{row.index}",
        first,
        last,
        first,
        last,
        names.email(first, last, row.index),
        row.pick(_TITLES, 17),
        row.pick(_DEPARTMENTS, 23),
        100 + row.number(20, 29),
        row.pick(names.CITIES, 19),
        "" if boss is None else wid(row.salt, boss),
        day(row.created),
        "" if active else day(row.created + 90 * 86_400),
        active,
        day(row.updated),
    )


def _approver(row: Row) -> str:
    first, last = names.person(row)
    email, department = names.email(first, last, row.index), row.pick(_DEPARTMENTS, 23)
    limit = 1_000 * (1 + row.number(50, 9)) + row.revision
    return _APPROVER % (wid(row.salt, row.index), row.index + 1, first, last, email, department, limit)


def _shape(entity: str, render: Callable[[Row], str]) -> Shape:
    def index_of(salt: str, identifier: str) -> int | None:
        tail = identifier.lower().removeprefix(salt)
        try:
            return int(tail, 16) if len(tail) == 18 else None
        except ValueError:
            return None

    return Shape(entity, render, wid, index_of)


SHAPES = {"workers": _shape("workers", _worker), "approvers": _shape("approvers", _approver)}
