"""What went wrong in a run, for people and programs, and when it may be better."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connections.sdk.errors import (
    AnswerUnreadable,
    OutcomeUnknown,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.services.errors import NotConnectedError, ReconnectNeededError, as_hub_error
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError

_OF_THE_LINK = (ReconnectNeededError.code, NotConnectedError.code)
_FIRST, _LONGEST = dt.timedelta(minutes=5), dt.timedelta(hours=6)


def fault_of(error: Exception) -> dict[str, Any]:
    """The error as JSON: code, message, whether it passes, who must act."""
    if isinstance(error, HubError):
        return {"code": error.code, "message": error.message, "isRetryable": False}
    if not isinstance(error, VendorError):
        return {
            "code": "INTERNAL_ERROR",
            "message": "The hub could not take this data type in; its log tells more",
            "isRetryable": False,
        }
    told = as_hub_error(error)
    fault: dict[str, Any] = {"code": told.code, "message": told.message, "isRetryable": is_passing(error)}
    if error.code:
        fault["vendorCode"] = error.code
    if isinstance(error, RateLimited):
        fault |= _limit_of(error)
    if told.code == ReconnectNeededError.code:
        fault["action"] = "reconnect"
    return fault


def _limit_of(error: RateLimited) -> dict[str, Any]:
    """Which limit it is, and the whole seconds until it lifts, as far as the vendor tells."""
    told: dict[str, Any] = {"limit": error.limit} if error.limit else {}
    return told | ({"retryAfter": int(error.retry_after) + 1} if error.retry_after is not None else {})


def is_passing(error: VendorError) -> bool:
    """Whether the same may succeed later without anybody doing anything. What a sync asks for does no harm twice."""
    if isinstance(error, AnswerUnreadable):
        return not error.code
    return isinstance(error, RateLimited | ProviderUnavailable | OutcomeUnknown)


def spares_the_position(fault: Mapping[str, Any] | None) -> bool:
    """Whether what ended a step says nothing against going on where it was: it passes, or somebody has to reconnect."""
    return fault is not None and bool(fault.get("isRetryable") or fault.get("code") in _OF_THE_LINK)


def resume_at(faults: list[dict[str, Any]], *, resumes: int) -> dt.datetime:
    """When to go on: when the vendor says, else later each time, from five minutes to six hours."""
    told: list[int] = [fault["retryAfter"] for fault in faults if fault.get("retryAfter")]
    backoff = _FIRST * 2.0 ** min(resumes, 10)
    return clock.now() + (dt.timedelta(seconds=max(told)) if told else min(_LONGEST, backoff))
