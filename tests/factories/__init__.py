"""Makes what tests need, through the hub's own services where there is one."""

from tests.factories.ledger import (
    case_input,
    make_approved_case,
    make_case,
    make_line,
    make_vendor,
    set_settings,
)
from tests.factories.tenancy import make_member, make_super_admin, make_tenant

__all__ = [
    "case_input",
    "make_approved_case",
    "make_case",
    "make_line",
    "make_member",
    "make_super_admin",
    "make_tenant",
    "make_vendor",
    "set_settings",
]
