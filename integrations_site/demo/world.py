"""The demo's world: two tenants, their people and vendors, and a super admin. Loading it again changes nothing."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership, Role, Tenant, User
from integrations_site.web.services.tenants import create_tenant
from ledger.services.exchange_rates import create_exchange_rate
from ledger.services.ledger_settings import update_settings
from ledger.services.sku_aliases import create_alias
from ledger.services.vendors import VendorInput, create_vendor

ACTOR = Actor("demo", "Demo set-up")
# Known to everybody who can read this file; the demo refuses to run on production settings.
PASSWORD = "try-the-hub-2026"  # noqa: S105
SUPER_ADMIN = "root@hub.example"
RATES_FROM = dt.date(2025, 1, 1)
# What one unit of a currency of the sample invoices is worth in US dollars.
RATES = {"EUR": Decimal("1.08"), "JPY": Decimal("0.0066"), "KWD": Decimal("3.25"), "TND": Decimal("0.32")}


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant as the demo describes it; its people's e-mail addresses are of `domain`."""

    name: str
    domain: str
    vendors: tuple[VendorInput, ...]
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """What was loaded: who there is, and the tenants in the order of TENANTS."""

    super_admin: User
    tenants: tuple[Tenant, ...]


# The senders of the sample invoices, but for one, which the import has to make and a person to confirm.
SENDERS = (
    VendorInput(name="Van Dijk Kantoorpartners B.V.", code="VANDIJK", tax_id="NL000099998B57"),
    VendorInput(name="Cascade Industrial Supply Co.", code="CASCADE", tax_id="919998710"),
    VendorInput(name="Hoshino Tea and Ceramics K.K.", code="HOSHINO", tax_id="T9990001112223"),
    VendorInput(name="Al Noor Marine", code="ALNOOR", electronic_address="accounts@alnoor-marine.example"),
    VendorInput(name="Lindner Werkzeugtechnik GmbH", code="LINDNER", tax_id="DE999999999", terms_days=14),
    VendorInput(name="Bluewater Cloud LLC", code="BLUEWATER"),
)
# What the senders call an item, and what the demo's company calls it.
ALIASES = (
    ("VDK-1080", "PAPER-A4"),
    ("VDK-TN241", "TONER-BLACK"),
    ("VDK-B3310", "BOOK-SAFETY"),
    ("CIS-HB-0840", "BOLT-M8X40"),
    ("CIS-LW-08", "WASHER-M8"),
    ("CIS-TW-60", "TORQUE-WRENCH"),
    ("HTC-SEN-100", "TEA-SENCHA"),
    ("HTC-MAT-40", "TEA-MATCHA"),
    ("HTC-KYU-300", "TEAPOT"),
    ("ANM-FLT-220", "FUEL-FILTER"),
    ("ANM-ZN-25", "ZINC-ANODE"),
    ("LWT-BD16", "BENCH-DRILL"),
    ("LWT-HSS25", "DRILL-SET"),
    ("LWT-BK07", "BOOK-DRILLING"),
    ("OLV-EV5", "OLIVE-OIL-5L"),
    ("OLV-BRD", "OLIVE-BOARD"),
)

TENANTS = (
    DemoTenant("Demo Trading Inc.", "trading.example", (VendorInput(name="Acme Corp", code="ACME"), *SENDERS), ALIASES),
    DemoTenant("Second Demo Ltd.", "second.example", (VendorInput(name="Initech LLC", code="INITECH"),)),
)


def load_world() -> World:
    """The world, made where it is not there yet; each tenant is laid whole or not at all."""
    super_admin = User.objects.filter(email=SUPER_ADMIN).first() or _make_super_admin()
    return World(super_admin, tuple(_find(demo.name) or _lay(demo) for demo in TENANTS))


def person(tenant: Tenant, role: Role) -> User:
    """The tenant's person with that role."""
    with scope.tenant_scope(tenant.id):
        return Membership.objects.select_related("user").filter(role=role).earliest("created_at").user


def _find(name: str) -> Tenant | None:
    with scope.all_tenants():
        return Tenant.objects.filter(name=name).first()


@transaction.atomic
def _make_super_admin() -> User:
    with scope.all_tenants():
        announce(action="user.created", actor=ACTOR, data={"email": SUPER_ADMIN})
    return User.objects.create_superuser(SUPER_ADMIN, PASSWORD, full_name="Super Admin")


@transaction.atomic
def _lay(demo: DemoTenant) -> Tenant:
    tenant = create_tenant(name=demo.name, actor=ACTOR)
    with scope.tenant_scope(tenant.id):
        _add_people(tenant, demo)
        update_settings(changes={"currency": "USD", "unknown_sku": "reject", "four_eyes": False}, actor=ACTOR)
        for vendor in demo.vendors:
            create_vendor(data=vendor, actor=ACTOR)
        for vendor_sku, internal_sku in demo.aliases:
            create_alias(vendor_sku=vendor_sku, internal_sku=internal_sku, vendor=None, actor=ACTOR)
        for currency, rate in RATES.items():
            create_exchange_rate(currency=currency, date=RATES_FROM, rate=rate, actor=ACTOR)
    return tenant


def _add_people(tenant: Tenant, demo: DemoTenant) -> None:
    announce(action="people.added", actor=ACTOR, subject=tenant.public_id)
    for name, full_name, role in (("admin", "Ada Admin", Role.TENANT_ADMIN), ("user", "Uma User", Role.USER)):
        user = User.objects.create_user(f"{name}@{demo.domain}", PASSWORD, full_name=full_name)
        Membership.objects.create(user=user, role=role)
