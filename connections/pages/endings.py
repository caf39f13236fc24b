"""What the page at the end of a consent says."""

CONNECTED = ("Connected", "The account is connected. You can close this window, or go on.")
_HEADING = "Nothing was connected"
_SENTENCES = {
    "OAUTH_CONSENT_DENIED": "The consent was not given at the provider. Start again if that was a mistake.",
    "OAUTH_VENDOR_ERROR": "The provider ended the consent with an error. Start again; if it stays so, ask an admin.",
    "OAUTH_CODE_REFUSED": "The provider took its own code back. Start the consent again.",
    "OAUTH_STATE_USED": "This consent was used already. If the account is not connected, start again.",
    "OAUTH_STATE_EXPIRED": "The consent took longer than ten minutes. Start again.",
    "OAUTH_STATE_FOREIGN": "The consent was started in another browser. Start again in this one.",
    "OAUTH_NOT_CONFIRMED": "You did not confirm the consent. The access that was given for it was handed back, "
    "as far as the provider takes it; look there if you want to be sure.",
    "OAUTH_STATE_INVALID": "This consent was not started here. Start again from the integrations.",
    "OAUTH_NOT_ENTITLED": "You have no right to connect this account any more. Ask one of the tenant's admins.",
    "INTEGRATION_DISABLED": "The integration is disabled. One of the tenant's admins can activate it.",
    "PLAN_REQUIRED": "The tenant's plan does not include this provider. Ask whoever runs the hub to change it.",
    "PROVIDER_NOT_FOUND": "The provider is not offered any more. Ask whoever runs the hub.",
    "ACCOUNT_CHANGED": "The consent was for another account than the one that was connected before. Log in at the "
    "provider with the right one and start again.",
    "ACCOUNTS_SEVERAL": "You let the hub into several accounts at once. Start again and choose the one that is meant.",
    "ACCOUNTS_OPEN_BEFORE": "You had let the hub into several accounts before, so the consent does not tell which is "
    "meant. At the provider, where it lists the connected apps, disconnect the hub from that one; then start again.",
}
_OTHERWISE = "The provider could not be connected just now. Start again in a while."


def ending_of(error: str) -> tuple[str, str]:
    """Heading and sentence for an error's code; that all went well where it is empty."""
    return (_HEADING, _SENTENCES.get(error, _OTHERWISE)) if error else CONNECTED
