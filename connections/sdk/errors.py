"""What can go wrong at a vendor. The type says whether to try again, and who must act."""

_FORBIDDEN = 403


class VendorError(Exception):
    """A vendor did not do what it was asked. `code` is the vendor's own where it told one, `message` for people.

    `told_to_retry` is what the vendor itself says about sending the same request once more; None where it says nothing.
    """

    retryable = False
    told_to_retry: bool | None = None

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status


class CredentialError(VendorError):
    """Permanent until somebody reconnects: the vendor does not accept the credential, or not for this.

    `is_good_otherwise`: it is good, but not for this (403; RFC 9110, section 15.5.4; or as the vendor says it).
    """

    def __init__(
        self, message: str, *, code: str = "", status: int | None = None, is_good_otherwise: bool = False
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.is_good_otherwise = is_good_otherwise or status == _FORBIDDEN


class ProviderRejected(VendorError):
    """Permanent: the vendor understood the request and refuses it."""


class AnswerUnreadable(VendorError):
    """The vendor's answer is not what its interface promises (an HTML page, invalid JSON, no list of records).

    Without a `code` it may be another's, such as a proxy's, and pass; with one its form is not the one that is asked
    for, which takes a change of the definition, or of the place that is asked for.
    """

    retryable = True


class RateLimited(VendorError):
    """Transient: too many requests. `retry_after` is in seconds, None where the vendor does not say.

    `limit` is the vendor's word for the limit that was hit (`minute`, `day`), where it tells.
    """

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, code: str = "", limit: str = "") -> None:
        super().__init__(message, code=code, status=429)
        self.retry_after, self.limit = retry_after, limit


class ProviderUnavailable(VendorError):
    """Transient: the vendor cannot be reached, or says that it cannot serve now."""

    retryable = True


class DeadlinePassed(VendorError):
    """The time that the caller gave is up; it says nothing about the vendor."""

    retryable = True


class OutcomeUnknown(VendorError):
    """Ambiguous: the request was sent and no complete answer came. It may have taken effect."""
