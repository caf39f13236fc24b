"""Makes what tests need, through the hub's own services where there is one."""

from tests.factories.tenancy import make_member, make_super_admin, make_tenant

__all__ = ["make_member", "make_super_admin", "make_tenant"]
