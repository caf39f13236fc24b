"""What the hub is told so that it takes the sandbox for its vendors."""

from integrations_site.sandbox.vendors.quickbooks.vendor import VERIFIER_TOKEN
from integrations_site.sandbox.vendors.slack.events import SIGNING_SECRET
from integrations_site.sandbox.vendors.stripe.vendor import WEBHOOK_SECRET
from integrations_site.sandbox.vendors.xero.vendor import WEBHOOK_KEY

_WEBHOOK_SECRETS = {
    "STRIPE": WEBHOOK_SECRET,
    "SLACK": SIGNING_SECRET,
    "QUICKBOOKS": VERIFIER_TOKEN,
    "XERO": WEBHOOK_KEY,
}
_VENDORS = (*_WEBHOOK_SECRETS, "WORKDAY")


def hub_environment(url: str) -> dict[str, str]:
    """Variables by which the hub reaches every vendor at the sandbox's address, with the clients that it knows."""
    clients = {
        f"{vendor}_{name}": f"{vendor.lower()}-demo-{kind}"
        for vendor in _VENDORS
        for name, kind in (("CLIENT_ID", "client"), ("CLIENT_SECRET", "secret"))
    }
    secrets = {f"{vendor}_WEBHOOK_SECRET": secret for vendor, secret in _WEBHOOK_SECRETS.items()}
    return {"VENDOR_STAND_IN": url, **clients, **secrets}
