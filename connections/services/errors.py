"""What can go wrong with connections, as callers are told. Vendors' errors are `connections.sdk.errors`."""

from collections.abc import Sequence

from connections.sdk.errors import (
    AnswerUnreadable,
    CredentialError,
    DeadlinePassed,
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from integrations_site.kernel.errors import (
    ConflictError,
    ForbiddenError,
    HubError,
    InvalidInputError,
    TransientError,
    UnprocessableError,
)


class AddressNotAllowedError(InvalidInputError):
    """A redirect or return address that is not on the hub's list."""

    code = "ADDRESS_NOT_ALLOWED"


class OAuthStateError(HubError):
    """The state of a consent is unknown (`OAUTH_STATE_INVALID`), used (`…_USED`), too old (`…_EXPIRED`)."""

    status, code = 400, "OAUTH_STATE_INVALID"


class OAuthCallerError(ForbiddenError):
    """The consent was started by somebody else, or in another browser."""

    code = "OAUTH_STATE_FOREIGN"


class ConsentDeniedError(HubError):
    """The person did not agree at the vendor (`OAUTH_CONSENT_DENIED`), or the vendor refused (`OAUTH_VENDOR_ERROR`)."""

    status, code = 400, "OAUTH_CONSENT_DENIED"


class OAuthNotOfferedError(UnprocessableError):
    """The provider has no OAuth, or the permission that is asked for."""

    code = "OAUTH_NOT_OFFERED"


class AccountChangedError(ConflictError):
    """The consent is for another account than the one that is connected; `details` names both."""

    code = "ACCOUNT_CHANGED"


class NotConnectedError(ConflictError):
    """There is no credential, or nothing that could be renewed."""

    code = "NOT_CONNECTED"


class SecretStoreUnavailableError(TransientError):
    """The store of secrets does not answer; the same call may succeed later."""

    code = "SECRET_STORE_UNAVAILABLE"


class ReconnectNeededError(ConflictError):
    """The vendor does not accept the credential any more; somebody connects the account again."""

    code = "RECONNECT_NEEDED"


class ProviderForbiddenError(UnprocessableError):
    """The credential is good, but not for this: an administrator at the vendor allows it, or somebody connects again
    with the permission for it. Only they can tell which.
    """

    code = "PROVIDER_FORBIDDEN"


class VendorRefusedError(UnprocessableError):
    """The vendor understood the request and refuses it."""

    code = "PROVIDER_REJECTED"


class AccountsSeveralError(ConflictError):
    """The person let the hub into several accounts at once; which one is meant cannot be told."""

    code = "ACCOUNTS_SEVERAL"
    _way_out = "Start again and choose one at the vendor"

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(name for name in names if name)[:300]
        super().__init__(
            f"The consent does not say which account is meant ({listed}). {self._way_out}",
            details={"accounts": [name[:255] for name in names[:50]]},
        )


class AccountsOpenBeforeError(AccountsSeveralError):
    """The person had let the hub into several accounts before, and this consent opened none that tells which is meant.

    Choosing one again would change nothing: the vendor has to forget it first.
    """

    code = "ACCOUNTS_OPEN_BEFORE"
    _way_out = (
        "All of them were opened to the hub before. At the vendor, where it lists the connected apps, disconnect the "
        "hub from the one that is meant; then start again and choose it"
    )


_FORBIDDEN = (
    "The vendor does not let this account read it: {}. An administrator there can allow it; or connect again with the "
    "permission for it"
)
_FORMS: dict[type[VendorError], tuple[type[HubError], str, int]] = {
    CredentialError: (ReconnectNeededError, "RECONNECT_NEEDED", 409),
    ProviderRejected: (VendorRefusedError, "PROVIDER_REJECTED", 422),
    RateLimited: (TransientError, "PROVIDER_RATE_LIMITED", 503),
    ProviderUnavailable: (TransientError, "PROVIDER_UNAVAILABLE", 503),
    DeadlinePassed: (TransientError, "PROVIDER_UNAVAILABLE", 503),
    AnswerUnreadable: (TransientError, "PROVIDER_UNAVAILABLE", 503),
    OutcomeUnknown: (HubError, "OUTCOME_UNKNOWN", 502),
}


def as_hub_error(error: VendorError) -> HubError:
    """What a vendor's error is to a caller of the hub; the vendor's own code is among the details."""
    kind, code, status = _FORMS.get(type(error), (HubError, "CONNECTION_FAILED", 502))
    message = error.message
    if isinstance(error, CredentialError) and error.is_good_otherwise:
        kind, code, status = ProviderForbiddenError, ProviderForbiddenError.code, ProviderForbiddenError.status
        message = _FORBIDDEN.format(message.rstrip("."))
    seconds = getattr(error, "retry_after", None)
    return kind(
        message,
        code=code,
        status=status,
        details={"vendorCode": error.code} if error.code else None,
        retry_after=int(seconds) + 1 if seconds is not None else None,
    )
