"""The hub's errors: each says its code, what happened, and what the caller may do."""

from collections.abc import Mapping
from typing import Any, Self


class HubError(Exception):
    """An error that may be shown to a caller.

    `code` is stable and machine-readable, `message` is for people, `details` names fields or figures,
    `retry_after` (seconds) says that the same call may succeed later.
    """

    status = 400
    code = "BAD_REQUEST"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.details = dict(details or {})
        self.retry_after = retry_after


class InvalidInputError(HubError):
    """The request cannot be understood; `details` maps fields to what is wrong with them."""

    status, code = 400, "VALIDATION_ERROR"


class NotFoundError(HubError):
    """There is no such thing, or it belongs to somebody else: the caller cannot tell which."""

    status, code = 404, "NOT_FOUND"

    @classmethod
    def of(cls, kind: str, reason: str = "", *, details: Mapping[str, Any] | None = None) -> Self:
        """The error where nothing of this kind of ids has the id; its code names the kind, such as CASE_NOT_FOUND."""
        return cls(f"There is no such {kind}{reason}", code=f"{kind.upper()}_NOT_FOUND", details=details)


class ForbiddenError(HubError):
    """The caller is known but may not do this."""

    status, code = 403, "PERMISSION_DENIED"


class ConflictError(HubError):
    """The request contradicts the state of what it is about."""

    status, code = 409, "CONFLICT"


class UnprocessableError(HubError):
    """The request is well-formed, and cannot be carried out on these data."""

    status, code = 422, "UNPROCESSABLE"


class TransientError(HubError):
    """Something is briefly unavailable; the same call may succeed later."""

    status, code = 503, "TEMPORARILY_UNAVAILABLE"
