"""The admin's face: its name, colours and navigation."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy


def _entry(title: str, icon: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}


def _group(title: str, *entries: dict[str, Any], collapsible: bool = True) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": collapsible, "items": list(entries)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Integration hub",
    "SITE_HEADER": "Integration hub",
    "SITE_SUBHEADER": "Admin",
    "SITE_URL": "/",
    "SITE_ICON": lazy(static, str)("hub/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lazy(static, str)("hub/mark.svg")}],
    "STYLES": [lazy(static, str)("hub/admin.css")],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "integrations_site.web.admin_dashboard.figures",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(57% .19 262)",
            "600": "oklch(49% .19 263)",
            "700": "oklch(43% .17 264)",
            "800": "oklch(37% .14 265)",
            "900": "oklch(31% .11 266)",
            "950": "oklch(24% .08 267)",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            _group(
                "Tenants",
                _entry("Tenants", "domain", "tenancy_tenant"),
                _entry("People", "person", "tenancy_user"),
                _entry("Memberships", "badge", "tenancy_membership"),
                _entry("API clients", "key", "tenancy_apiclient"),
                _entry("Access tokens", "vpn_key", "oauth2_provider_accesstoken"),
                _entry("Refresh tokens", "autorenew", "oauth2_provider_refreshtoken"),
            ),
            _group(
                "Invoices",
                _entry("Cases", "receipt_long", "ledger_case"),
                _entry("Postings", "done_all", "ledger_posting"),
                _entry("Vendors", "storefront", "ledger_vendor"),
                _entry("Files", "attach_file", "files_storedfile"),
            ),
            _group(
                "Books",
                _entry("Bills", "request_quote", "ledger_bill"),
                _entry("Payments", "payments", "ledger_billpayment"),
                _entry("Journal entries", "menu_book", "ledger_journalentry"),
                _entry("Journal lines", "list_alt", "ledger_journalline"),
                _entry("Accounts", "account_tree", "ledger_account"),
                _entry("Account mapping", "alt_route", "ledger_accountmapping"),
                _entry("Tax rules", "percent", "ledger_taxrule"),
                _entry("Exchange rates", "currency_exchange", "ledger_exchangerate"),
                _entry("Ledger settings", "tune", "ledger_ledgersettings"),
            ),
            _group(
                "Stock",
                _entry("Items", "inventory_2", "ledger_inventoryitem"),
                _entry("Movements", "swap_vert", "ledger_stockmovement"),
                _entry("SKU aliases", "link", "ledger_skualias"),
            ),
            _group(
                "Integrations",
                _entry("Catalog", "extension", "catalog_provider"),
                _entry("Integrations", "hub", "connections_integration"),
                _entry("Connections", "cable", "connections_connection"),
                _entry("Syncs", "sync", "connections_syncrun"),
                _entry("Records refused", "report", "connections_quarantinedrecord"),
                _entry("Activities", "history", "connections_activity"),
                _entry("Inbound webhooks", "call_received", "connections_inboundwebhook"),
            ),
            _group(
                "Events",
                _entry("Webhooks", "webhook", "notifications_webhookendpoint"),
                _entry("Deliveries", "local_shipping", "notifications_delivery"),
                _entry("Outbox", "outbox", "notifications_event"),
            ),
            _group(
                "Operation",
                _entry("Audit trail", "history", "audit_auditentry"),
                _entry("Audit chains", "verified_user", "audit_audithead"),
                _entry("Failed tasks", "error", "tenancy_failedtask"),
                _entry("Periodic tasks", "schedule", "django_celery_beat_periodictask"),
                _entry("Intervals", "timer", "django_celery_beat_intervalschedule"),
                _entry("Crontabs", "calendar_month", "django_celery_beat_crontabschedule"),
            ),
        ],
    },
}
