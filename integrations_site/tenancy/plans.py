"""Plans that tenants book. Each covers those before it; a plan that is not listed covers itself alone."""

DEFAULT = "standard"
PREMIUM = "premium"
IN_ORDER = (DEFAULT, PREMIUM, "enterprise")


def covers(plan: str, required: str) -> bool:
    """Whether a tenant on `plan` has what `required` stands for."""
    if plan == required or not required:
        return True
    return plan in IN_ORDER and required in IN_ORDER and IN_ORDER.index(plan) > IN_ORDER.index(required)
